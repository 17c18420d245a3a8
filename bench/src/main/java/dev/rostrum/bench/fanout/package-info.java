/** What forwarding costs, beside a yardstick of the same run: the product's fan-out and a bare loop by turns. */
@NullMarked
package dev.rostrum.bench.fanout;

import org.jspecify.annotations.NullMarked;
