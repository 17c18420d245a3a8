package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * A view of an H264 payload (RFC 6184) in the non-interleaved mode: single NAL unit, STAP-A, FU-A.
 *
 * <p>Mutable: {@link #parse} points it at another packet. Allocates nothing; its accessors mean something only after a
 * parse that returned true.
 */
final class H264Payload {

    private static final int SLICE = 1;
    private static final int IDR_SLICE = 5;
    private static final int SPS = 7;
    private static final int STAP_A = 24;
    private static final int FU_A = 28;
    private static final int MAX_PICTURE_ORDER_CYCLE = 255;
    private static final int MAX_MACROBLOCKS = 0x10000 / 16;

    private final BitReader reader = new BitReader();
    private boolean startOfFrame;
    private boolean keyFrame;
    private boolean parameterSet;
    private boolean nonReference;
    private int width;
    private int height;

    /** Reads the payload of {@code lengthBytes} at {@code offset}; false if it is malformed or of another mode. */
    boolean parse(ByteBuffer bytes, int offset, int lengthBytes) {
        startOfFrame = false;
        keyFrame = false;
        parameterSet = false;
        nonReference = true;
        width = 0;
        height = 0;
        if (lengthBytes < 2) {
            return false;
        }
        int type = bytes.get(offset) & 0x1F;
        if (type >= 1 && type < STAP_A) {
            onNal(bytes, offset, lengthBytes, bytes.get(offset), true);
            return true;
        }
        if (type == STAP_A) {
            return parseAggregate(bytes, offset + 1, offset + lengthBytes);
        }
        if (type != FU_A) {
            return false;
        }
        int fragment = bytes.get(offset + 1);
        int header = (bytes.get(offset) & 0xE0) | (fragment & 0x1F);
        // The fragment's own header lies where the NAL unit's would: what follows it is read the same.
        onNal(bytes, offset + 1, lengthBytes - 1, header, fragment < 0);
        return true;
    }

    private boolean parseAggregate(ByteBuffer bytes, int from, int end) {
        int at = from;
        while (at < end) {
            if (at + 2 > end) {
                return false;
            }
            int nalBytes = bytes.getShort(at) & 0xFFFF;
            at += 2;
            if (nalBytes == 0 || nalBytes > end - at) {
                return false;
            }
            onNal(bytes, at, nalBytes, bytes.get(at), true);
            at += nalBytes;
        }
        return at > from;
    }

    private void onNal(ByteBuffer bytes, int at, int nalBytes, int header, boolean start) {
        nonReference &= (header & 0x60) == 0;
        switch (header & 0x1F) {
            case SPS -> {
                keyFrame = true;
                if (start) {
                    parameterSet = true;
                    startOfFrame = true;
                    parseSize(bytes, at + 1, nalBytes - 1);
                }
            }
            case SLICE, IDR_SLICE -> {
                keyFrame |= (header & 0x1F) == IDR_SLICE;
                // first_mb_in_slice, a ue(v), is 0 exactly if its first bit is 1
                startOfFrame |= start && nalBytes > 1 && bytes.get(at + 1) < 0;
            }
            default -> {} // SEI, PPS, delimiters: they tell nothing that a slice or SPS won't
        }
    }

    /** H.264 §7.3.2.1.1, as far as the cropping rectangle. */
    private void parseSize(ByteBuffer bytes, int at, int lengthBytes) {
        reader.wrapNal(bytes, at, lengthBytes);
        int profile = reader.bits(8);
        reader.bits(16); // constraint flags, level_idc
        reader.unsignedGolomb(); // seq_parameter_set_id
        int chromaFormat = 1;
        boolean separatePlanes = false;
        if (hasChromaFormat(profile)) {
            chromaFormat = reader.unsignedGolomb();
            separatePlanes = chromaFormat == 3 && reader.flag();
            reader.unsignedGolomb(); // bit_depth_luma_minus8
            reader.unsignedGolomb(); // bit_depth_chroma_minus8
            reader.bits(1); // qpprime_y_zero_transform_bypass_flag
            if (reader.flag()) {
                skipScalingLists(chromaFormat == 3 ? 12 : 8);
            }
        }
        reader.unsignedGolomb(); // log2_max_frame_num_minus4
        skipPictureOrder();
        reader.unsignedGolomb(); // max_num_ref_frames
        reader.bits(1); // gaps_in_frame_num_value_allowed_flag
        int columns = reader.unsignedGolomb() + 1;
        int rows = reader.unsignedGolomb() + 1;
        boolean framesOnly = reader.flag();
        if (!framesOnly) {
            reader.bits(1); // mb_adaptive_frame_field_flag
            rows *= 2;
        }
        reader.bits(1); // direct_8x8_inference_flag
        int cropX = 0;
        int cropY = 0;
        if (reader.flag()) {
            boolean monochrome = chromaFormat == 0 || separatePlanes;
            int unitX = monochrome || chromaFormat == 3 ? 1 : 2;
            int unitY = (monochrome || chromaFormat != 1 ? 1 : 2) * (framesOnly ? 1 : 2);
            cropX = unitX * (reader.unsignedGolomb() + reader.unsignedGolomb());
            cropY = unitY * (reader.unsignedGolomb() + reader.unsignedGolomb());
        }
        boolean plausible = columns > 0 && columns <= MAX_MACROBLOCKS && rows > 0 && rows <= MAX_MACROBLOCKS;
        if (!reader.overrun() && plausible && cropX >= 0 && cropX < 16 * columns && cropY >= 0 && cropY < 16 * rows) {
            width = 16 * columns - cropX;
            height = 16 * rows - cropY;
        }
    }

    private static boolean hasChromaFormat(int profile) {
        return switch (profile) {
            case 44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244 -> true;
            default -> false;
        };
    }

    private void skipScalingLists(int lists) {
        for (int i = 0; i < lists && !reader.overrun(); i++) {
            if (!reader.flag()) {
                continue;
            }
            int next = 8;
            int last = 8;
            for (int j = 0; j < (i < 6 ? 16 : 64); j++) {
                if (next != 0) {
                    next = (last + reader.signedGolomb()) & 0xFF;
                }
                last = next == 0 ? last : next;
            }
        }
    }

    private void skipPictureOrder() {
        int type = reader.unsignedGolomb();
        if (type == 0) {
            reader.unsignedGolomb(); // log2_max_pic_order_cnt_lsb_minus4
        } else if (type == 1) {
            reader.bits(1); // delta_pic_order_always_zero_flag
            reader.signedGolomb(); // offset_for_non_ref_pic
            reader.signedGolomb(); // offset_for_top_to_bottom_field
            int cycle = Math.min(reader.unsignedGolomb(), MAX_PICTURE_ORDER_CYCLE);
            for (int i = 0; i < cycle && !reader.overrun(); i++) {
                reader.signedGolomb();
            }
        }
    }

    /** Whether a parameter set or the first slice of a picture starts here. */
    boolean startOfFrame() {
        return startOfFrame;
    }

    /** Whether the packet belongs to a key frame: it holds a piece of an IDR picture or a sequence parameter set. */
    boolean keyFrame() {
        return keyFrame;
    }

    /** Whether a sequence parameter set starts here: without one no decoder can begin. */
    boolean parameterSet() {
        return parameterSet;
    }

    /** Whether no other picture depends on what the packet holds (nal_ref_idc 0). */
    boolean nonReference() {
        return nonReference;
    }

    /** The picture's width in pixels; 0 without a parameter set. */
    int width() {
        return width;
    }

    int height() {
        return height;
    }
}
