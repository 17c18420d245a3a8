/**
 * UDP ports: many datagrams by one system call where the system is Linux, by channels elsewhere; the addresses of peers;
 * and the counters of whoever owns one.
 */
@NullMarked
package dev.rostrum.sfu.udp;

import org.jspecify.annotations.NullMarked;
