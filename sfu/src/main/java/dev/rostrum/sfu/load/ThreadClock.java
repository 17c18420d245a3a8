package dev.rostrum.sfu.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What one thread of this process has had of a processor, from Linux's {@code /proc/self/task/ID/schedstat}. The file
 * stays open, because it is read ten times a second, and opening it costs several times as much as that.
 *
 * <p>Owned by one thread, which closes it when the thread that it tells of has ended.
 */
final class ThreadClock implements AutoCloseable {

    /** Three numbers of at most 20 digits, two spaces and a line feed. */
    private static final int LENGTH_BYTES = 63;

    private final FileChannel file;
    private final ByteBuffer text = ByteBuffer.allocateDirect(LENGTH_BYTES);

    private ThreadClock(FileChannel file) {
        this.file = file;
    }

    /** Of the thread that the system knows by this number; null if there is none, or if the system doesn't tell. */
    static @Nullable ThreadClock of(int id) {
        if (id < 0) {
            return null;
        }
        try {
            return new ThreadClock(
                    FileChannel.open(Path.of("/proc/self/task/" + id + "/schedstat"), StandardOpenOption.READ));
        } catch (IOException e) {
            return null;
        }
    }

    /** The times so far; null if the thread has ended. */
    ProcessThreads.@Nullable Times read() {
        try {
            text.clear();
            if (file.read(text, 0) <= 0) {
                return null;
            }
        } catch (IOException e) {
            return null;
        }
        text.flip();
        return new ProcessThreads.Times(number(), number(), number());
    }

    private long number() {
        long value = 0;
        while (text.hasRemaining()) {
            int digit = text.get() - '0';
            if (digit < 0) {
                break; // the space behind it, or the line's end
            }
            value = 10 * value + digit;
        }
        return value;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            return; // it was only read
        }
    }
}
