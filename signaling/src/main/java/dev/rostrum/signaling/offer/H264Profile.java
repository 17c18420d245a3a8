package dev.rostrum.signaling.offer;

import java.util.HexFormat;

/**
 * The profiles that a {@code profile-level-id} can mean (RFC 6184 §8.1, table 5).
 *
 * <p>Two descriptions are of the same codec only if their profiles are the same (§8.2.2); the levels may differ if both
 * allow it.
 */
enum H264Profile {
    CONSTRAINED_BASELINE,
    BASELINE,
    MAIN,
    CONSTRAINED_HIGH,
    HIGH,
    /** Extended, high 10, and whatever is no profile at all. */
    OTHER;

    /** What is meant where none is said: Baseline at level 1 (§8.1). */
    private static final String DEFAULT = "42000a";

    private static final int SET0 = 0x80;
    private static final int SET1 = 0x40;
    private static final int SET2 = 0x20;
    private static final int LOW_HALF = 0x0F;

    /** The profile of a {@code profile-level-id}: six hex digits, profile_idc, profile-iop and level_idc. */
    static H264Profile of(String profileLevelId) {
        String text = profileLevelId.isEmpty() ? DEFAULT : profileLevelId;
        if (text.length() != 6 || !text.chars().allMatch(HexFormat::isHexDigit)) {
            return OTHER;
        }
        int idc = HexFormat.fromHexDigits(text, 0, 2);
        int iop = HexFormat.fromHexDigits(text, 2, 4);
        if (idc == 0x64) {
            return switch (iop) {
                case 0 -> HIGH;
                case 0x0C -> CONSTRAINED_HIGH;
                default -> OTHER;
            };
        }
        if ((iop & LOW_HALF) != 0) {
            return OTHER;
        }
        boolean set0 = (iop & SET0) != 0;
        boolean set1 = (iop & SET1) != 0;
        return switch (idc) {
            case 0x42 -> set1 ? CONSTRAINED_BASELINE : BASELINE;
            case 0x4D -> set0 ? CONSTRAINED_BASELINE : (iop & SET2) == 0 ? MAIN : OTHER;
            case 0x58 -> !set0 ? OTHER : set1 ? CONSTRAINED_BASELINE : BASELINE;
            default -> OTHER;
        };
    }
}
