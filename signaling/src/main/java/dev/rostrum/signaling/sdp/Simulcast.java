package dev.rostrum.signaling.sdp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One source in several encodings: the {@code a=rid} and {@code a=simulcast} of an m-line (RFC 8851, RFC 8853).
 *
 * <p>Immutable.
 *
 * @param rids the encodings that are described
 * @param send those that the describer offers to send, in its order
 * @param receive those that the describer is ready to receive
 */
public record Simulcast(List<Rid> rids, List<Stream> send, List<Stream> receive) {

    /** One encoding, without a name. */
    public static final Simulcast NONE = new Simulcast(List.of(), List.of(), List.of());

    /** Browsers send three; a fourth costs every subscriber's allocation more than it brings. */
    private static final int MAX_ENCODINGS = 4;

    /** The longest that the one-byte form of a header extension holds (RFC 8285 §4.2). */
    private static final int MAX_ID_LENGTH = 16;

    /** Those of RFC 8851 §5; an encoding that is restricted in another way can't be promised to be taken so. */
    private static final Set<String> RESTRICTIONS =
            Set.of("pt", "max-width", "max-height", "max-fps", "max-fs", "max-br", "max-pps", "max-bpp");

    public Simulcast {
        rids = List.copyOf(rids);
        send = List.copyOf(send);
        receive = List.copyOf(receive);
    }

    /**
     * A description of one encoding (RFC 8851 §4).
     *
     * @param direction {@link Direction#SENDONLY} or {@link Direction#RECVONLY}, as the describer sees it
     * @param restrictions what is behind the direction: {@code key=value} with semicolons between them; empty if none
     */
    public record Rid(String id, Direction direction, String restrictions) {

        static Optional<Rid> read(String value) {
            String[] parts = SdpLine.SPACE.split(value.strip(), 3);
            if (parts.length < 2 || !isId(parts[0])) {
                return Optional.empty();
            }
            String restrictions = parts.length < 3 ? "" : parts[2].strip();
            return switch (parts[1]) {
                case "send" -> Optional.of(new Rid(parts[0], Direction.SENDONLY, restrictions));
                case "recv" -> Optional.of(new Rid(parts[0], Direction.RECVONLY, restrictions));
                default -> Optional.empty();
            };
        }

        String sdp() {
            String way = direction == Direction.SENDONLY ? "send" : "recv";
            return id + " " + way + (restrictions.isEmpty() ? "" : " " + restrictions);
        }

        /** This encoding as its receiver describes it, if it can be one of the codec (RFC 8851 §6.3). */
        public Optional<Rid> answered(int payloadType) {
            List<String> kept = new ArrayList<>();
            for (String restriction : restrictions.split(";")) {
                String key = restriction.strip().split("=", 2)[0];
                if (key.isEmpty()) {
                    continue;
                }
                if (!RESTRICTIONS.contains(key)) {
                    return Optional.empty();
                }
                if (!key.equals("pt")) {
                    kept.add(restriction.strip());
                } else if (payloadTypes(restriction).contains(Integer.toString(payloadType))) {
                    kept.addFirst("pt=" + payloadType); // must come first
                } else {
                    return Optional.empty();
                }
            }
            return Optional.of(new Rid(id, Direction.RECVONLY, String.join(";", kept)));
        }

        private static List<String> payloadTypes(String restriction) {
            String[] parts = restriction.strip().split("=", 2);
            return parts.length < 2 ? List.of() : List.of(parts[1].split(","));
        }
    }

    /**
     * One encoding, or several of which one is to be chosen.
     *
     * @param choices the preferred first
     */
    public record Stream(List<Choice> choices) {

        public Stream {
            choices = List.copyOf(choices);
        }
    }

    /**
     * An encoding in a stream.
     *
     * @param paused whether nothing is sent of it at first (RFC 8853 §5.1)
     */
    public record Choice(String rid, boolean paused) {}

    /** Reads the value of {@code a=simulcast}; what can't be read is as if it weren't there. */
    static Simulcast read(List<Rid> rids, @Nullable String value) {
        if (value == null) {
            return new Simulcast(rids, List.of(), List.of());
        }
        List<Stream> send = List.of();
        List<Stream> receive = List.of();
        String[] words = SdpLine.SPACE.split(value.strip());
        for (int i = 0; i + 1 < words.length; i += 2) {
            switch (words[i]) {
                case "send" -> send = streams(words[i + 1]);
                case "recv" -> receive = streams(words[i + 1]);
                default -> {}
            }
        }
        return new Simulcast(rids, send, receive);
    }

    private static List<Stream> streams(String list) {
        List<Stream> streams = new ArrayList<>();
        for (String alternatives : list.split(";")) {
            List<Choice> choices = new ArrayList<>();
            for (String choice : alternatives.split(",")) {
                boolean paused = choice.startsWith("~");
                String rid = paused ? choice.substring(1) : choice;
                if (isId(rid)) {
                    choices.add(new Choice(rid, paused));
                }
            }
            if (!choices.isEmpty()) {
                streams.add(new Stream(choices));
            }
        }
        return streams;
    }

    private static boolean isId(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_ID_LENGTH
                && text.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '-'
                                || c == '_');
    }

    /**
     * What to answer to an offerer that wants to send this: of each stream the first alternative that is possible, paused
     * where the offerer begins so (its own choice, which nothing here depends on).
     *
     * @param payloadType the one that is answered
     */
    public Simulcast answered(int payloadType) {
        List<Rid> taken = new ArrayList<>();
        List<Stream> streams = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Stream stream : send) {
            for (Choice choice : stream.choices()) {
                Optional<Rid> rid = described(choice.rid()).flatMap(described -> described.answered(payloadType));
                if (rid.isPresent() && taken.size() < MAX_ENCODINGS && seen.add(choice.rid())) {
                    taken.add(rid.get());
                    streams.add(new Stream(List.of(choice)));
                    break;
                }
            }
        }
        return new Simulcast(taken, List.of(), streams);
    }

    private Optional<Rid> described(String id) {
        return rids.stream()
                .filter(rid -> rid.id().equals(id) && rid.direction() == Direction.SENDONLY)
                .findFirst();
    }

    /** The ids of the encodings, in their order. */
    public List<String> ids() {
        return rids.stream().map(Rid::id).toList();
    }

    /** The value of {@code a=simulcast}, or null if there is none. */
    @Nullable
    public String sdp() {
        List<String> words = new ArrayList<>();
        if (!send.isEmpty()) {
            words.add("send " + sdp(send));
        }
        if (!receive.isEmpty()) {
            words.add("recv " + sdp(receive));
        }
        return words.isEmpty() ? null : String.join(" ", words);
    }

    private static String sdp(List<Stream> streams) {
        return streams.stream()
                .map(stream -> stream.choices().stream()
                        .map(choice -> (choice.paused() ? "~" : "") + choice.rid())
                        .collect(Collectors.joining(",")))
                .collect(Collectors.joining(";"));
    }
}
