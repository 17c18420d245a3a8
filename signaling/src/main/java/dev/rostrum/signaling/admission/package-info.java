/** Who is let in and when: what the machine still carries, at which pace listeners come in, and the line of the others. */
@NullMarked
package dev.rostrum.signaling.admission;

import org.jspecify.annotations.NullMarked;
