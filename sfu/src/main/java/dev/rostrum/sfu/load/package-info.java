/** What the SFU takes of its machine, as the system tells it, and who yields to whom. */
@NullMarked
package dev.rostrum.sfu.load;

import org.jspecify.annotations.NullMarked;
