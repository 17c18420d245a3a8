package dev.rostrum.srtp;

/**
 * One session key of one direction, for either SRTP or SRTCP, ready to protect packet after packet: the key is set once
 * and each packet brings only its nonce.
 *
 * <p>Owned by one sender or receiver; not safe for several threads. Callers have checked that all ranges lie inside the
 * slabs: nothing here looks again.
 */
sealed interface SrtpCipher permits OpenSslCipher, JceCipher {

    /**
     * Encrypts a payload to the end of its header and authenticates both.
     *
     * @param out holds the header at {@code offset}; gets the encrypted payload behind it
     * @param in holds the payload at {@code inOffset}, which either does not overlap with the place of the encrypted
     *     one or is the same
     * @param index the 48 bits of an SRTP index, or the 31 bits of an SRTCP index
     * @param trailer what else is authenticated: the rollover counter, which does not travel (and is no part of the
     *     AEAD profiles' SRTP packets), or the SRTCP index with its E flag. The four bytes at the end of the encrypted
     *     payload may be overwritten on the way; the caller puts the SRTCP index where it belongs afterwards.
     * @param tagOffset where the tag goes
     * @return false if the cipher failed
     */
    boolean seal(
            Slab out,
            int offset,
            int headerLengthBytes,
            Slab in,
            int inOffset,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset);

    /**
     * Authenticates header and payload and decrypts the payload where it is.
     *
     * @return false if the tag does not fit; the payload may have been overwritten all the same
     */
    boolean open(
            Slab slab,
            int offset,
            int headerLengthBytes,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset);

    /** Frees what the garbage collector does not; afterwards {@code seal} and {@code open} return false. */
    void close();
}
