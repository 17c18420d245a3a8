package dev.rostrum.sfu.rtcp;

/** The numbers of RTCP packet types and of the feedback formats in them (IANA, RTP parameters). */
final class PacketType {

    static final int SENDER_REPORT = 200;
    static final int RECEIVER_REPORT = 201;
    static final int SOURCE_DESCRIPTION = 202;
    static final int GOODBYE = 203;
    static final int TRANSPORT_LAYER_FEEDBACK = 205;
    static final int PAYLOAD_SPECIFIC_FEEDBACK = 206;
    static final int EXTENDED_REPORT = 207;

    /** Formats of transport layer feedback. */
    static final int NACK = 1;

    static final int TRANSPORT_WIDE = 15;

    /** Formats of payload-specific feedback. */
    static final int PICTURE_LOSS = 1;

    static final int FULL_INTRA_REQUEST = 4;
    static final int APPLICATION_LAYER = 15;

    /** "REMB", the name of the application layer feedback that carries an estimate. */
    static final int REMB = 0x52454D42;

    /** Items of a source description. */
    static final int CNAME = 1;

    /** Blocks of an extended report. */
    static final int REFERENCE_TIME = 4;

    static final int DELAY_SINCE_REFERENCE = 5;

    private PacketType() {}
}
