/** The server: its command line and its configuration. */
@NullMarked
package dev.rostrum.signaling;

import org.jspecify.annotations.NullMarked;
