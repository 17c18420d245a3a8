package dev.rostrum.signaling;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * How much heap ZGC uses before it collects. By itself it lets garbage grow towards the maximum, a quarter of the machine's
 * memory, and each join then touches 300 KB that nobody has touched before, which on some virtual machines costs more than the
 * join. So it is asked to stay (its soft maximum) below twice what was in use after the latest collection, or half a gigabyte: the
 * same memory is used again, and as much more as listeners need.
 *
 * <p>One for the process. Does nothing with another collector, or where the operator has set {@code SoftMaxHeapSize}.
 */
final class HeapGoal {

    private static final String OPTION = "SoftMaxHeapSize";
    private static final long LEAST_BYTES = 512L << 20;
    private static final int TIMES_USED = 2;

    private final HotSpotDiagnosticMXBean machine;
    private final long mostBytes;
    private long goalBytes;

    private HeapGoal(HotSpotDiagnosticMXBean machine, long mostBytes) {
        this.machine = machine;
        this.mostBytes = mostBytes;
        this.goalBytes = mostBytes;
    }

    /** Sets it now, and after each collection from now on. */
    static void keep() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (machine == null
                || !Boolean.parseBoolean(machine.getVMOption("UseZGC").getValue())) {
            return;
        }
        VMOption itsOwn = machine.getVMOption(OPTION);
        if (itsOwn.getOrigin() != VMOption.Origin.DEFAULT && itsOwn.getOrigin() != VMOption.Origin.ERGONOMIC) {
            return;
        }
        HeapGoal goal = new HeapGoal(machine, Long.parseLong(itsOwn.getValue()));
        goal.set(0);
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(
                        (notification, _) -> goal.onCollection((CompositeData) notification.getUserData()), null, null);
            }
        }
    }

    private void onCollection(CompositeData told) {
        long usedBytes =
                GarbageCollectionNotificationInfo.from(told).getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
                        .filter(pool -> pool.getKey().startsWith("ZGC"))
                        .mapToLong(pool -> pool.getValue().getUsed())
                        .sum();
        set(usedBytes);
    }

    private synchronized void set(long usedBytes) {
        long bytes = goalBytes(usedBytes, mostBytes);
        if (bytes != goalBytes) {
            goalBytes = bytes;
            machine.setVMOption(OPTION, Long.toString(bytes));
        }
    }

    /** What it is after a collection that left so much in use, with so much heap at most. */
    static long goalBytes(long usedBytes, long mostBytes) {
        return Math.min(mostBytes, Math.max(LEAST_BYTES, TIMES_USED * usedBytes));
    }
}
