/**
 * What is said about spaces: people, roles, commands, events, refusals, and what a space asks of its surroundings
 * ({@link dev.rostrum.signaling.model.Connection}, {@link dev.rostrum.signaling.model.Media}, {@link
 * dev.rostrum.signaling.model.SpaceStore}). The rules that act on them are in {@code space}.
 */
@NullMarked
package dev.rostrum.signaling.model;

import org.jspecify.annotations.NullMarked;
