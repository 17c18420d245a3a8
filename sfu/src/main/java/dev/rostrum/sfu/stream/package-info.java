/** One RTP stream that comes in or goes out: its numbering, statistics and repair. */
@NullMarked
package dev.rostrum.sfu.stream;

import org.jspecify.annotations.NullMarked;
