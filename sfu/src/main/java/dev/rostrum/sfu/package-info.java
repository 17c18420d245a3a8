/** The only door of the SFU: start it, describe endpoints to it, hear of them. */
@NullMarked
package dev.rostrum.sfu;

import org.jspecify.annotations.NullMarked;
