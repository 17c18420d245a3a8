package dev.rostrum.bench.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Datagrams that the kernel threw away because a process did not fetch them in time, by socket, from Linux's
 * {@code /proc/net/udp}. What a load generator's own sockets drop is no loss of the server's.
 *
 * <p>Immutable.
 */
public final class SocketDrops {

    private final Map<String, Long> byInode;

    private SocketDrops(Map<String, Long> byInode) {
        this.byInode = byInode;
    }

    /** Those of this process. Empty where there is no {@code /proc}. */
    public static SocketDrops ofThisProcess() {
        return of(ProcessHandle.current().pid());
    }

    /** Those of a process whose descriptors this one may see. */
    public static SocketDrops of(long pid) {
        Set<String> own = inodes(pid);
        Map<String, Long> drops = new HashMap<>();
        for (String table : List.of("/proc/net/udp", "/proc/net/udp6")) {
            try (Stream<String> lines = Files.lines(Path.of(table))) {
                lines.skip(1).map(line -> line.strip().split(" +")).forEach(columns -> {
                    if (columns.length >= 13 && own.contains(columns[9])) {
                        drops.put(columns[9], Long.parseLong(columns[12]));
                    }
                });
            } catch (IOException | UncheckedIOException e) {
                return new SocketDrops(Map.of()); // no Linux
            }
        }
        return new SocketDrops(drops);
    }

    private static Set<String> inodes(long pid) {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            descriptors.forEach(descriptor -> {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (IOException e) {
                    return; // closed in the meantime
                }
            });
        } catch (IOException e) {
            return inodes; // no Linux, or not ours
        }
        return inodes;
    }

    /** How many more these sockets have dropped than they had then. Sockets that are closed by now are not counted. */
    public long since(SocketDrops before) {
        long sum = 0;
        for (Map.Entry<String, Long> socket : byInode.entrySet()) {
            sum += socket.getValue() - before.byInode.getOrDefault(socket.getKey(), 0L);
        }
        return sum;
    }
}
