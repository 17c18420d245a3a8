package dev.rostrum.bench.server;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server that can be put under load: one space on it, whoever made it.
 *
 * <p>Safe for any thread.
 */
public interface Target extends AutoCloseable {

    /** What it is, for reports. */
    String description();

    /** A speaker who publishes from the start. */
    LoadClient speaker(LoadClients clients, int number, int group);

    /** A listener. */
    LoadClient listener(LoadClients clients, Door door, int group);

    /** The process, if it is on this machine and may be watched; else null. */
    @Nullable
    ProcessWatch process();

    /** What comes before a command that is to run where the server does; empty if that is not known. */
    default List<String> prefix() {
        return List.of();
    }

    /** Addresses that must answer fast, whatever the load: the page, the details. May be empty. */
    List<URI> pages();

    @Override
    void close();

    /** How a listener comes in. */
    enum Door {
        /** By the WebSocket, as the page does. */
        PAGE,
        /** By WHEP, as players do. */
        WHEP,
        /** By WHEP, with a picture. */
        VIEWER
    }
}
