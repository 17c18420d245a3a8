/** What every HTTP door needs: limits, problems, cross-origin rules, addresses behind proxies. */
@NullMarked
package dev.rostrum.signaling.http;

import org.jspecify.annotations.NullMarked;
