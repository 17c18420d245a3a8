/** The server under load: started as a user starts it, or just watched. */
@NullMarked
package dev.rostrum.bench.server;

import org.jspecify.annotations.NullMarked;
