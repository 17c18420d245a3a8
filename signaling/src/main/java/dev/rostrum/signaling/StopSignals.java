package dev.rostrum.signaling;

import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signals that ask a process to stop. The first one starts the JVM's shutdown, in which the server takes its leave;
 * the JVM then ignores all others, so that somebody in a hurry would have to know of SIGKILL.
 *
 * <p>Used by the shutdown hook. By reflection, because {@code sun.misc.Signal} is supported (module jdk.unsupported) but
 * the compiler warns of it without a way to say that it is meant.
 */
final class StopSignals {

    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);
    private static final List<String> NAMES = List.of("TERM", "INT");
    /** What a shell says of a process that SIGTERM ended. */
    private static final int ENDED_BY_SIGNAL = 143;

    private StopSignals() {}

    /** From now on another signal ends the process at once. */
    static void endAtOnce() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, (_, _, _) -> {
                        Runtime.getRuntime().halt(ENDED_BY_SIGNAL);
                        return null;
                    });
            for (String name : NAMES) {
                signal.getMethod("handle", signal, handlerType)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("A second signal will not end the process at once", e);
        }
    }
}
