package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a virtual machine of its own says that it aims at. */
final class HeapGoalTest {

    private static final long MB = 1 << 20;

    @Test
    void staysBelowTwiceWhatIsInUseOrHalfAGigabyte() {
        assertEquals(512 * MB, HeapGoal.goalBytes(40 * MB, 6_000 * MB));
        assertEquals(1_400 * MB, HeapGoal.goalBytes(700 * MB, 6_000 * MB));
        assertEquals(6_000 * MB, HeapGoal.goalBytes(4_000 * MB, 6_000 * MB));
        assertEquals(200 * MB, HeapGoal.goalBytes(40 * MB, 200 * MB));
    }

    @Test
    void growsWithWhatIsInUseAndNoFurther() throws Exception {
        List<Long> goals = goals("-XX:+UseZGC", "-Xmx4g");

        assertEquals(512 * MB, goals.get(0));
        assertTrue(goals.get(1) >= 1_200 * MB && goals.get(1) <= 2_000 * MB, goals + " with 600 MB in use");
        assertEquals(512 * MB, goals.get(2));
    }

    @Test
    void whatTheOperatorSaysHolds() throws Exception {
        assertEquals(
                List.of(1_000 * MB, 1_000 * MB, 1_000 * MB),
                goals("-XX:+UseZGC", "-Xmx4g", "-XX:SoftMaxHeapSize=1000m"));
    }

    @Test
    void withAnotherCollectorThereIsNone() throws Exception {
        assertEquals(1, goals("-XX:+UseSerialGC", "-Xmx4g").stream().distinct().count());
    }

    private static List<Long> goals(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Told.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), told);
        return told.lines().map(Long::parseLong).toList();
    }

    /** Prints its goal: at the start, with 600 MB in use, and without them. */
    static final class Told {

        private static final HotSpotDiagnosticMXBean MACHINE =
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);

        private static long goal() {
            return Long.parseLong(MACHINE.getVMOption("SoftMaxHeapSize").getValue());
        }

        /** Collects until the goal stays as it is; what is told of a collection comes a moment after it. */
        private static long settled() throws InterruptedException {
            long last = goal();
            int same = 0;
            for (int i = 0; i < 40 && same < 5; i++) {
                System.gc();
                Thread.sleep(100);
                long now = goal();
                same = now == last ? same + 1 : 0;
                last = now;
            }
            return last;
        }

        public static void main(String[] args) throws InterruptedException {
            HeapGoal.keep();
            long first = goal();
            List<byte[]> used = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                used.add(new byte[(int) MB]);
            }
            long more = settled();
            int size = used.size();
            used.clear();
            System.out.println(first + "\n" + more + "\n" + settled() + (size == 600 ? "" : "?"));
        }
    }
}
