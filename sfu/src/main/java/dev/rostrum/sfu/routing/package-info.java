/** Who hears whom: routers, publications, slots, and the ranking of speakers. */
@NullMarked
package dev.rostrum.sfu.routing;

import org.jspecify.annotations.NullMarked;
