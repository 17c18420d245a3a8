/** The embedded store: spaces and identities in one H2 MVStore file. */
@NullMarked
package dev.rostrum.signaling.store;

import org.jspecify.annotations.NullMarked;
