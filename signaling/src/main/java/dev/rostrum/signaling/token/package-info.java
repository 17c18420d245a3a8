/** Access tokens: who may do what in which space. */
@NullMarked
package dev.rostrum.signaling.token;

import org.jspecify.annotations.NullMarked;
