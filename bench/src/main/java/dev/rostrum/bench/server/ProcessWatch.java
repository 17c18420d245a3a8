package dev.rostrum.bench.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a local process costs, from Linux's {@code /proc}: processor time of all its threads, the kernel's work for it
 * included, memory, threads, descriptors.
 *
 * <p>Safe for any thread.
 */
public final class ProcessWatch {

    private static final Pattern HEAP = Pattern.compile("[hH]eap.* used ");
    private static final Pattern LIVE = Pattern.compile("(?m)^Total +[0-9]+ +([0-9]+)");
    private static final Pattern MAPPING = Pattern.compile("^[0-9a-f]+-[0-9a-f]+ ");

    private static final long TICK_NS = 10_000_000L; // USER_HZ is 100 on all of Linux's own platforms
    private static final long PAGE_BYTES = 4096;

    private final Path proc;
    private final long pid;

    public ProcessWatch(long pid) {
        this.pid = pid;
        proc = Path.of("/proc", Long.toString(pid));
    }

    public long pid() {
        return pid;
    }

    /** Whether there is such a process to be watched. */
    public boolean present() {
        return Files.exists(proc.resolve("stat"));
    }

    /** User and system time of all its threads so far; 0 if it is gone. In steps of 10 ms. */
    public long cpuNs() {
        String stat = read("stat");
        // The name in parentheses may hold anything: count behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        return fields.length < 13 ? 0 : (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NS;
    }

    /**
     * User and system time so far of those of its threads whose names are as wanted; threads that have ended are not in it.
     * In nanoseconds, as the scheduler counts.
     */
    public long cpuNs(Predicate<String> wanted) {
        long sumNs = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(proc.resolve("task"))) {
            for (Path task : tasks) {
                String name = read(task.resolve("comm")).strip();
                String times = read(task.resolve("schedstat"));
                int end = times.indexOf(' ');
                if (end > 0 && wanted.test(name)) {
                    sumNs += Long.parseLong(times.substring(0, end));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return sumNs; // it ends just now
        }
        return sumNs;
    }

    /** Resident memory; 0 if it is gone. */
    public long rssBytes() {
        String[] fields = read("statm").split(" ");
        return fields.length < 2 ? 0 : Long.parseLong(fields[1]) * PAGE_BYTES;
    }

    public int threads() {
        return count("task");
    }

    public int descriptors() {
        return count("fd");
    }

    private int count(String directory) {
        try (Stream<Path> entries = Files.list(proc.resolve(directory))) {
            return Math.toIntExact(entries.count());
        } catch (IOException e) {
            return 0;
        }
    }

    private String read(String file) {
        return read(proc.resolve(file));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * What a JVM uses after a full collection.
     *
     * <p>Immutable.
     *
     * @param liveHeapBytes what the heap holds
     * @param rssOutsideHeapBytes resident memory that is not heap: code, classes, threads, native memory
     */
    public record JvmMemory(long liveHeapBytes, long rssOutsideHeapBytes) {

        public long sumBytes() {
            return liveHeapBytes + rssOutsideHeapBytes;
        }
    }

    /**
     * Collects all garbage of a JVM and measures what is left, by {@code jcmd}; zeros if that is not possible. Objects are
     * counted one by one: what a collector calls used is whole pages and what was allocated meanwhile.
     */
    public JvmMemory jvmMemory() throws InterruptedException {
        Matcher live = LIVE.matcher(jcmd("GC.class_histogram"));
        if (!live.find()) {
            return new JvmMemory(0, 0);
        }
        long heapRssBytes = 0;
        for (String line : jcmd("GC.heap_info").split("\n")) {
            if (HEAP.matcher(line).find()) {
                heapRssBytes = heapRssBytes(line);
            }
        }
        return new JvmMemory(Long.parseLong(live.group(1)), rssBytes() - heapRssBytes);
    }

    private long heapRssBytes(String heapInfo) {
        int range = heapInfo.indexOf("[0x");
        if (range < 0) { // ZGC
            return rss(mapping -> mapping.contains("java_heap"));
        }
        String[] ends = heapInfo.substring(range + 1).split("[,)]");
        long from = Long.parseUnsignedLong(ends[0].strip().substring(2), 16);
        long to = Long.parseUnsignedLong(ends[1].strip().substring(2), 16);
        return rss(mapping -> {
            long start = Long.parseUnsignedLong(mapping.substring(0, mapping.indexOf('-')), 16);
            return Long.compareUnsigned(start, from) >= 0 && Long.compareUnsigned(start, to) < 0;
        });
    }

    /** The resident memory of those mappings whose head, a line of {@code smaps}, is as wanted. */
    private long rss(Predicate<String> wanted) {
        long sum = 0;
        boolean inside = false;
        for (String line : read("smaps").split("\n")) {
            if (MAPPING.matcher(line).find()) {
                inside = wanted.test(line);
            } else if (inside && line.startsWith("Rss:")) {
                sum += Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return sum;
    }

    private String jcmd(String command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(pid),
                            command)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor(30, TimeUnit.SECONDS);
            return output;
        } catch (IOException e) {
            return "";
        }
    }
}
