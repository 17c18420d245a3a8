/** ICE-lite (RFC 8445 §2.5) and the STUN codec below it. */
@NullMarked
package dev.rostrum.sfu.ice;

import org.jspecify.annotations.NullMarked;
