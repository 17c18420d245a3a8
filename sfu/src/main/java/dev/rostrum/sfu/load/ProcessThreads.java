package dev.rostrum.sfu.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this process as the system sees them: what they do, how much processor time they took, and how long
 * they waited for it. Those that may wait are made nicer than the shards, and the shards less nice where that is permitted, so
 * that a crowd that comes in does not delay a packet.
 *
 * <p>One thread at a time. On other systems than Linux there are none to see.
 */
final class ProcessThreads implements AutoCloseable {

    /** What a thread is there for, as its name tells. */
    enum Kind {
        /** Packets: others that yield are many, and together they would still have two fifths of a core. */
        SHARDS("rostrum-shard-", -1),
        /** The carriers of virtual threads: DTLS handshakes. */
        HANDSHAKES("ForkJoinPool-", 1),
        /** HTTP, WebSockets, the rules of spaces: a page is answered before the next one comes in. */
        SIGNALING("vert.x-", 0.67),
        /** The compiler of the virtual machine. */
        COMPILER_1("C1 Comp", 1),
        COMPILER_2("C2 Comp", 1),
        /** What collectors do while the program goes on. */
        COLLECTOR_Z("ZWorker", 0.67),
        COLLECTOR_G1("G1 Conc", 0.67),
        /** Those of the collector's threads that shards wait for, and whatever else there is. */
        OTHER("", 0);

        private final String prefix;
        private final double yields;

        /** @param yields from -1, goes before all others, over 0, as the system has it, to 1, after all others */
        Kind(String prefix, double yields) {
            this.prefix = prefix;
            this.yields = yields;
        }

        static Kind of(String name) {
            for (Kind kind : values()) {
                if (name.startsWith(kind.prefix)) {
                    return kind;
                }
            }
            return OTHER;
        }
    }

    /**
     * What a thread has had of a processor so far.
     *
     * @param cpuNs how long it ran
     * @param delayNs how long it could have run but had to wait for a processor
     * @param runs how often it got one
     */
    record Times(long cpuNs, long delayNs, long runs) {}

    private static final Path TASKS = Path.of("/proc/self/task");

    private record Seen(Kind kind, long cpuNs) {}

    private final int nicer;
    private final Map<Integer, Seen> seen = new HashMap<>();
    private final Map<Kind, Long> cpuOfEnded = new EnumMap<>(Kind.class);
    /** Of those threads that were asked for. */
    private final Map<Integer, ThreadClock> clocks = new HashMap<>();

    private final int ownNiceness;

    /**
     * @param nicer by how much the threads that may wait are to be nicer than the calling one at most, and shards less nice,
     *     which most systems permit only to those whom they trust; 0 leaves all as they are
     */
    ProcessThreads(int nicer) {
        this.nicer = nicer;
        this.ownNiceness = LinuxThreads.niceness(0);
    }

    /** Looks who is there; makes those who may wait nicer, and shards less so if that is permitted. */
    void look() {
        if (!LinuxThreads.supported()) {
            return;
        }
        Set<Integer> present = new HashSet<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                int id = Integer.parseInt(task.getFileName().toString());
                present.add(id);
                if (!seen.containsKey(id)) {
                    Kind kind = Kind.of(Files.readString(task.resolve("comm")));
                    seen.put(id, new Seen(kind, 0));
                    int more = (int) Math.round(nicer * kind.yields);
                    if (more != 0) {
                        LinuxThreads.setNiceness(id, Math.clamp(ownNiceness + more, -20, 19));
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            return; // a thread that ended meanwhile; there is a next time
        }
        seen.entrySet().removeIf(entry -> {
            boolean ended = !present.contains(entry.getKey());
            if (ended) {
                cpuOfEnded.merge(entry.getValue().kind(), entry.getValue().cpuNs(), Long::sum);
                forgetClock(entry.getKey());
            }
            return ended;
        });
    }

    /** The processor time that all threads of a kind took so far. */
    long cpuNs(Kind kind) {
        long sumNs = cpuOfEnded.getOrDefault(kind, 0L);
        for (Map.Entry<Integer, Seen> entry : seen.entrySet()) {
            if (entry.getValue().kind() == kind) {
                Times times = times(entry.getKey());
                if (times != null) {
                    entry.setValue(new Seen(kind, times.cpuNs()));
                }
                sumNs += entry.getValue().cpuNs();
            }
        }
        return sumNs;
    }

    /** The times of one thread; null if there is none, or if the system doesn't tell. */
    @Nullable
    Times times(int id) {
        ThreadClock clock = clocks.get(id);
        if (clock == null) {
            clock = ThreadClock.of(id);
            if (clock == null) {
                return null;
            }
            clocks.put(id, clock);
        }
        Times times = clock.read();
        if (times == null) { // ended; another may get its number
            forgetClock(id);
        }
        return times;
    }

    private void forgetClock(int id) {
        ThreadClock clock = clocks.remove(id);
        if (clock != null) {
            clock.close();
        }
    }

    @Override
    public void close() {
        clocks.values().forEach(ThreadClock::close);
        clocks.clear();
    }
}
