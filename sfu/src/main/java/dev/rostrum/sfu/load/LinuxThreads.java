package dev.rostrum.sfu.load;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * How nice single threads are to others, by their number in the system.
 *
 * <p>Stateless; any thread. Where the system is another, {@link #supported} says no.
 */
final class LinuxThreads {

    /** For setpriority: one thread, although its name says process. */
    private static final int PRIO_PROCESS = 0;

    private static final @Nullable MethodHandle SETPRIORITY =
            call("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final @Nullable MethodHandle GETPRIORITY =
            call("getpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    private LinuxThreads() {}

    static boolean supported() {
        return SETPRIORITY != null && GETPRIORITY != null;
    }

    @SuppressWarnings("restricted") // the types are those of the C library
    private static @Nullable MethodHandle call(String name, FunctionDescriptor type) {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(symbol -> linker.downcallHandle(symbol, type))
                .orElse(null);
    }

    /** How nice a thread is, -20 (takes most) to 19 (yields most). */
    static int niceness(int id) {
        if (GETPRIORITY == null) {
            return 0;
        }
        try {
            return (int) GETPRIORITY.invokeExact(PRIO_PROCESS, id);
        } catch (Throwable t) {
            throw new AssertionError("getpriority throws nothing", t);
        }
    }

    /** Makes a thread of this process so nice; returns whether the system let it. */
    static boolean setNiceness(int id, int niceness) {
        if (SETPRIORITY == null) {
            return false;
        }
        try {
            return (int) SETPRIORITY.invokeExact(PRIO_PROCESS, id, niceness) == 0;
        } catch (Throwable t) {
            throw new AssertionError("setpriority throws nothing", t);
        }
    }
}
