package dev.rostrum.signaling.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.model.SpaceStore.Change;
import dev.rostrum.signaling.model.SpaceStore.Contents;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.model.SpaceStore.StoredSpace;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MvSpaceStoreTest {

    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    Path data;

    static StoredSpace space(String id) {
        return new StoredSpace(
                new SpaceInfo(
                        id,
                        "A talk \u00e9\u4e2d",
                        SpaceState.LIVE,
                        true,
                        List.of(VideoCodec.VP9, VideoCodec.H264),
                        true,
                        NOON,
                        null,
                        NOON,
                        null),
                Set.of("192.0.2.7"));
    }

    static StoredIdentity identity(String spaceId, String id) {
        return new StoredIdentity(
                spaceId, id, "anna", Role.LISTENER, Role.SPEAKER, "Anna", true, -7, true, false, "hash", NOON, null);
    }

    private Path file() {
        return data.resolve(MvSpaceStore.FILE_NAME);
    }

    private static void save(MvSpaceStore store, Change... changes) {
        store.save(List.of(changes))
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private Contents reopened() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        store.close();
        return store.load();
    }

    private String refusal() {
        return String.valueOf(
                assertThrows(IOException.class, () -> MvSpaceStore.open(data)).getMessage());
    }

    private void fill(int identities) throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        save(store, new Change.PutSpace(space("talk")));
        for (int i = 0; i < identities; i++) {
            save(store, new Change.PutIdentity(identity("talk", "p_" + i)));
        }
        store.close();
    }

    @Test
    void whatWasSavedIsThereAgain() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        assertEquals(Contents.EMPTY, store.load());
        StoredSpace ended = new StoredSpace(
                new SpaceInfo("old", "", SpaceState.ENDED, false, List.of(), false, NOON, NOON, null, NOON), Set.of());
        StoredIdentity plain = new StoredIdentity(
                "talk", "p_2", null, Role.HOST, Role.COHOST, "", false, 1, false, true, null, null, NOON);
        save(store, new Change.PutSpace(space("talk")), new Change.PutSpace(ended));
        save(store, new Change.PutIdentity(identity("talk", "p_1")), new Change.PutIdentity(plain));
        store.close();
        assertEquals(new Contents(List.of(ended, space("talk")), List.of(identity("talk", "p_1"), plain)), reopened());
    }

    @Test
    void whatWasDeletedIsNot() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        for (String id : List.of("a", "b", "c")) {
            save(store, new Change.PutSpace(space(id)));
            save(store, new Change.PutIdentity(identity(id, "p_1")), new Change.PutIdentity(identity(id, "p_2")));
        }
        save(store, new Change.DeleteIdentity("a", "p_1"));
        save(store, new Change.DeleteIdentities("b"), new Change.PutIdentity(identity("b", "p_3")));
        save(store, new Change.DeleteSpace("c"));
        store.close();
        assertEquals(
                new Contents(List.of(space("a"), space("b")), List.of(identity("a", "p_2"), identity("b", "p_3"))),
                reopened());
    }

    @Test
    void changesOfOneTurnAreCommittedTogether() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        List<CompletableFuture<Void>> saved = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            saved.add(store.save(List.of(new Change.PutIdentity(identity("talk", "p_" + i))))
                    .toCompletableFuture());
        }
        CompletableFuture.allOf(saved.toArray(CompletableFuture[]::new)).join();
        store.close();
        assertEquals(5000, reopened().identities().size());
    }

    private static final int KILLED_BY_SIGKILL = 128 + 9;

    @Test
    void nothingThatWasAcknowledgedIsLostByKill9() throws Exception {
        long seed = 20261121;
        Random random = new Random(seed);
        int from = 0;
        Set<String> acknowledged = new HashSet<>();
        for (int round = 0; round < 4; round++) {
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-Xmx128m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            AcknowledgingChild.class.getName(),
                            data.toString(),
                            Integer.toString(from))
                    .redirectErrorStream(true)
                    .start();
            int acknowledgements = 1 + random.nextInt(400);
            try (BufferedReader out = child.inputReader(StandardCharsets.US_ASCII)) {
                StringBuilder before = new StringBuilder();
                String line = out.readLine();
                while (line != null && !line.equals("ready")) {
                    before.append(line).append('\n');
                    line = out.readLine();
                }
                assertNotNull(line, before::toString);
                for (int i = 0; i < acknowledgements; i++) {
                    acknowledged.add("p_" + out.readLine());
                }
                child.toHandle().destroyForcibly(); // unlike the process's own method this leaves its output open
                // What it said between the last line that was read and its death was acknowledged, too.
                out.lines().forEach(last -> acknowledged.add("p_" + last));
            }
            assertTrue(child.waitFor(30, TimeUnit.SECONDS));
            if (File.separatorChar == '/') {
                assertEquals(KILLED_BY_SIGKILL, child.exitValue(), "it had time for a last word");
            }
            Contents contents = reopened();
            Set<String> there = new HashSet<>();
            contents.identities().forEach(identity -> there.add(identity.id()));
            Set<String> lost = new HashSet<>(acknowledged);
            lost.removeAll(there);
            assertEquals(Set.of(), lost, "seed " + seed + ", round " + round);
            assertEquals(1, contents.spaces().size());
            from += 1_000_000;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello\n", "x", "H:1,something else", "H:2,block:0,but nothing that follows"})
    void aForeignOrTornFileIsRefusedAndLeftAsItIs(String text) throws IOException {
        Files.writeString(file(), text.repeat(text.length() == 1 ? 20_000 : 1));
        byte[] before = Files.readAllBytes(file());
        String sentence = refusal();
        assertTrue(sentence.contains("it is left as it is"), sentence);
        assertArrayEquals(before, Files.readAllBytes(file()));
        sentence = refusal();
        assertTrue(sentence.contains("it is left as it is"), () -> "at the second attempt");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0, 0.0001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999})
    void aFileThatWasCutIsRefusedAndLeftAsItIs(double fraction) throws IOException {
        fill(100);
        byte[] whole = Files.readAllBytes(file());
        byte[] cut = Arrays.copyOf(whole, (int) (whole.length * fraction));
        Files.write(file(), cut);
        Contents contents = Contents.EMPTY;
        try {
            contents = reopened();
        } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("it is left as it is"), e.toString());
            assertArrayEquals(cut, Files.readAllBytes(file()));
            return;
        }
        assertEquals(100, contents.identities().size(), "only what nothing needs may be missing");
    }

    @Test
    void damageInTheMiddleIsNeverTakenForData() throws IOException {
        long seed = 7;
        fill(200);
        byte[] whole = Files.readAllBytes(file());
        Contents good = reopened();
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 40; i++) {
            byte[] damaged = whole.clone();
            int at = random.nextInt(damaged.length - 16);
            for (int j = 0; j < 16; j++) {
                damaged[at + j] ^= 0x5a;
            }
            Files.write(file(), damaged);
            try {
                assertEquals(good, reopened(), "seed " + seed + ", damage at " + at);
            } catch (IOException e) {
                refused++;
                assertArrayEquals(damaged, Files.readAllBytes(file()));
            }
        }
        assertTrue(refused > 0, "the damage never met anything");
    }

    @Test
    void aFileThatIsGoneIsNotReplacedByAnEmptyOne() throws IOException {
        fill(1);
        Files.delete(file());
        String sentence = refusal();
        assertTrue(sentence.contains("is missing"), sentence);
        assertFalse(Files.exists(file()));
    }

    @Test
    void aLaterVersionsEntriesAreRefused() throws IOException {
        String key = "talk";
        String later = StoredJson.write(key, space(key)).substring(9).replace("\"v\":1", "\"v\":2");
        var crc = new CRC32C();
        crc.update((key + "\0" + later).getBytes(StandardCharsets.UTF_8));
        String value = "%08x %s".formatted(crc.getValue(), later);
        assertTrue(assertThrows(StoredJson.UnreadableException.class, () -> StoredJson.readSpace(key, value)).later);
    }

    @Test
    void twoServersCantUseOneDataDirectory() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        String sentence = refusal();
        assertTrue(sentence.contains("in use by another process"), sentence);
        save(store, new Change.PutSpace(space("talk")));
        store.close();
        assertEquals(1, reopened().spaces().size());
    }

    @Test
    void theFileIsItsOwnersOnly() throws IOException {
        MvSpaceStore.open(data).close();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }

    @Test
    void whenTheFileFailsItIsSaidAndMendedAndNothingIsForgotten() throws Exception {
        MvSpaceStore store = MvSpaceStore.open(data);
        save(store, new Change.PutSpace(space("talk")));
        Path aside = data.resolve("aside");
        Files.move(file(), aside);
        store.breakFile();
        CompletionException failure =
                assertThrows(CompletionException.class, () -> save(store, new Change.PutSpace(space("more"))));
        assertTrue(String.valueOf(failure.getMessage()).contains("can't be saved"), failure.getMessage());
        assertNotNull(store.trouble());
        assertThrows(CompletionException.class, () -> save(store, new Change.PutIdentity(identity("more", "p_1"))));
        Files.move(aside, file());
        // Tried again every second; the next change waits for it.
        save(store, new Change.PutIdentity(identity("more", "p_2")));
        assertNull(store.trouble());
        store.close();
        Contents contents = reopened();
        assertEquals(2, contents.spaces().size());
        assertEquals(List.of(identity("more", "p_1"), identity("more", "p_2")), contents.identities());
    }

    @Test
    void aDraftThatCantBeWrittenIsNotCalledDamageOfWhatIsThere() throws IOException {
        fill(1);
        Map<String, String> unwritable = new LinkedHashMap<>() {
            @Override
            public void forEach(BiConsumer<? super String, ? super String> action) {
                throw new UncheckedIOException("Writing failed", new IOException("No space left on device"));
            }
        };
        SpaceFile.Found found = new SpaceFile.Found("id", 1, Contents.EMPTY, unwritable, Map.of());

        String sentence = String.valueOf(assertThrows(IOException.class, () -> SpaceFile.write(file(), found))
                .getMessage());

        assertTrue(sentence.contains("can't write"), sentence);
        assertTrue(sentence.contains("No space left on device"), sentence);
        assertFalse(sentence.contains("damaged") || sentence.contains("backup"), sentence);
        assertEquals(1, reopened().identities().size());
    }

    @Test
    void aChangeThatCantBeWrittenStopsNoOther() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        save(store, new Change.PutSpace(space("talk")), new Change.PutIdentity(identity("talk", "p_1")));
        SpaceInfo info = space("talk").info();
        StoredSpace farAway = new StoredSpace(
                new SpaceInfo(
                        info.id(),
                        info.title(),
                        info.state(),
                        info.video(),
                        info.videoCodecs(),
                        info.listed(),
                        info.createdAt(),
                        Instant.MAX, // more milliseconds than a number holds
                        info.startedAt(),
                        info.endedAt()),
                Set.of());
        CompletableFuture<Void> before =
                store.save(List.of(new Change.PutSpace(space("before")))).toCompletableFuture();
        CompletableFuture<Void> with = store.save(
                        List.of(new Change.PutSpace(farAway), new Change.PutIdentity(identity("talk", "p_2"))))
                .toCompletableFuture();
        CompletableFuture<Void> after =
                store.save(List.of(new Change.DeleteIdentity("talk", "p_1"))).toCompletableFuture();
        before.orTimeout(30, TimeUnit.SECONDS).join();
        after.orTimeout(30, TimeUnit.SECONDS).join();
        assertThrows(CompletionException.class, with::join);
        assertNull(store.trouble());
        store.close();
        assertEquals(
                new Contents(List.of(space("before"), space("talk")), List.of(identity("talk", "p_2"))), reopened());
    }

    @Test
    void afterItsCloseNothingIsAcknowledged() throws IOException {
        MvSpaceStore store = MvSpaceStore.open(data);
        store.close();
        assertThrows(CompletionException.class, () -> save(store, new Change.PutSpace(space("talk"))));
    }

    @Test
    void theFileDoesNotGrowForEver() throws Exception {
        long rewriteFromBytes = 1 << 20;
        MvSpaceStore store = MvSpaceStore.open(data, rewriteFromBytes);
        save(store, new Change.PutSpace(space("talk")));
        for (int i = 0; i < 600; i++) {
            save(store, new Change.PutIdentity(identity("talk", "p_" + i % 50)));
        }
        long runningBytes = Files.size(file());
        store.close();
        assertTrue(runningBytes < 2 * rewriteFromBytes, () -> runningBytes + " bytes while it runs");
        assertEquals(50, reopened().identities().size());
        assertEquals(1, reopened().spaces().size());
        long restBytes = Files.size(file());
        assertTrue(restBytes < 128 << 10, () -> restBytes + " bytes for 50 entries");
    }
}
