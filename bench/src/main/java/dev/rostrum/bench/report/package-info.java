/** Results as one page that needs nothing else: tables, and plots as SVG. */
@NullMarked
package dev.rostrum.bench.report;

import org.jspecify.annotations.NullMarked;
