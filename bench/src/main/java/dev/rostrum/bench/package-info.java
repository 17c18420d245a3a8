/** The commands of {@code rostrum bench}. */
@NullMarked
package dev.rostrum.bench;

import org.jspecify.annotations.NullMarked;
