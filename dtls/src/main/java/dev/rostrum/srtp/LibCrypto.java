package dev.rostrum.srtp;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of OpenSSL 3's libcrypto that the ciphers use, called without copies; pointers are plain {@code long}s.
 *
 * <p>Stateless and safe for all threads, as the functions are for different contexts. Calls marked critical take well
 * under a microsecond per packet and must never block. Initializing this class throws an {@link UnsatisfiedLinkError}
 * where there is no such library.
 */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class LibCrypto {

    /** All memory: for reading and writing at native addresses. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** {@code sizeof(SHA_CTX)}: 24 words of 32 bits. */
    static final int SHA1_STATE_LENGTH_BYTES = 96;

    /** {@code sizeof(OSSL_PARAM)}. */
    static final int PARAMETER_LENGTH_BYTES = 40;

    private static final int PARAMETER_TYPE_OCTETS = 5;
    private static final int VERSION_NUMBER_ONLY = 6;

    private static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfLong SIZE = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY = library();

    private static final MethodHandle OPEN_SSL_VERSION = function("OpenSSL_version", POINTER, INT);
    private static final MethodHandle CRYPTO_ZALLOC = function("CRYPTO_zalloc", POINTER, SIZE, POINTER, INT);
    private static final MethodHandle CRYPTO_CLEAR_FREE = procedure("CRYPTO_clear_free", POINTER, SIZE, POINTER, INT);
    private static final MethodHandle CIPHER_FETCH = function("EVP_CIPHER_fetch", POINTER, POINTER, POINTER, POINTER);
    private static final MethodHandle CONTEXT_NEW = function("EVP_CIPHER_CTX_new", POINTER);
    private static final MethodHandle CONTEXT_FREE = procedure("EVP_CIPHER_CTX_free", POINTER);

    private static final MethodHandle ENCRYPT_INIT =
            critical("EVP_EncryptInit_ex", INT, POINTER, POINTER, POINTER, POINTER, POINTER);
    private static final MethodHandle DECRYPT_INIT =
            critical("EVP_DecryptInit_ex", INT, POINTER, POINTER, POINTER, POINTER, POINTER);
    private static final MethodHandle CIPHER = critical("EVP_Cipher", INT, POINTER, POINTER, POINTER, INT);
    private static final MethodHandle DECRYPT_FINAL = critical("EVP_DecryptFinal_ex", INT, POINTER, POINTER, POINTER);
    private static final MethodHandle GET_PARAMETERS = critical("EVP_CIPHER_CTX_get_params", INT, POINTER, POINTER);
    private static final MethodHandle SET_PARAMETERS = critical("EVP_CIPHER_CTX_set_params", INT, POINTER, POINTER);
    private static final MethodHandle SHA1_INIT = critical("SHA1_Init", INT, POINTER);
    private static final MethodHandle SHA1_UPDATE = critical("SHA1_Update", INT, POINTER, POINTER, SIZE);
    private static final MethodHandle SHA1_FINAL = critical("SHA1_Final", INT, POINTER, POINTER);

    /** The ciphers, looked up once: looking them up by name is most of the cost of a new context. */
    static final long AES_128_GCM = cipher("AES-128-GCM");

    static final long AES_256_GCM = cipher("AES-256-GCM");
    static final long AES_128_CTR = cipher("AES-128-CTR");

    private static final long TAG_PARAMETER_NAME =
            Arena.global().allocateFrom("tag").address();

    private LibCrypto() {}

    /** The version of the library, such as {@code 3.0.19}. */
    static String version() {
        try {
            long text = (long) OPEN_SSL_VERSION.invokeExact(VERSION_NUMBER_ONLY);
            return MEMORY.getString(text);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Zeroed memory; 0 if there is none left. */
    static long allocate(long lengthBytes) {
        try {
            return (long) CRYPTO_ZALLOC.invokeExact(lengthBytes, 0L, 0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Overwrites and frees memory. */
    static void clearAndFree(long address, long lengthBytes) {
        try {
            CRYPTO_CLEAR_FREE.invokeExact(address, lengthBytes, 0L, 0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A new context for a cipher; 0 if there is no memory left. */
    static long newContext() {
        try {
            return (long) CONTEXT_NEW.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Overwrites and frees a context. */
    static void freeContext(long context) {
        try {
            CONTEXT_FREE.invokeExact(context);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Sets what is not 0 of cipher, key and nonce, to encrypt. */
    static boolean encryptInit(long context, long cipher, long key, long nonce) {
        try {
            return (int) ENCRYPT_INIT.invokeExact(context, cipher, 0L, key, nonce) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Sets what is not 0 of cipher, key and nonce, to decrypt. */
    static boolean decryptInit(long context, long cipher, long key, long nonce) {
        try {
            return (int) DECRYPT_INIT.invokeExact(context, cipher, 0L, key, nonce) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Hands the next bytes to the cipher, with fewer checks on the way than {@code EVP_CipherUpdate}: associated data
     * if there is no output, the end if there is no input either.
     */
    static boolean cipher(long context, long output, long input, int lengthBytes) {
        try {
            return (int) CIPHER.invokeExact(context, output, input, lengthBytes) >= 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Compares the tag; the length of further output (none) goes to the given address. */
    static boolean decryptFinal(long context, long outputLength) {
        try {
            return (int) DECRYPT_FINAL.invokeExact(context, outputLength, outputLength) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Writes two parameters, the second of which ends the list, for a tag that lies, or is to be put, at that address. */
    static void writeTagParameter(long parameters, long tag, int tagLengthBytes) {
        MEMORY.set(ValueLayout.JAVA_LONG, parameters, TAG_PARAMETER_NAME);
        MEMORY.set(ValueLayout.JAVA_INT, parameters + 8, PARAMETER_TYPE_OCTETS);
        MEMORY.set(ValueLayout.JAVA_LONG, parameters + 16, tag);
        MEMORY.set(ValueLayout.JAVA_LONG, parameters + 24, tagLengthBytes);
        MEMORY.set(ValueLayout.JAVA_LONG, parameters + PARAMETER_LENGTH_BYTES, 0);
    }

    /** Has the context fill the parameters: a tag's with that of what was encrypted. */
    static boolean getParameters(long context, long parameters) {
        try {
            return (int) GET_PARAMETERS.invokeExact(context, parameters) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Gives the context the parameters: a tag's for the one that it will have to find. */
    static boolean setParameters(long context, long parameters) {
        try {
            return (int) SET_PARAMETERS.invokeExact(context, parameters) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Starts a digest. */
    static boolean sha1Init(long state) {
        try {
            return (int) SHA1_INIT.invokeExact(state) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Adds bytes to a digest. */
    static boolean sha1Update(long state, long input, long lengthBytes) {
        try {
            return (int) SHA1_UPDATE.invokeExact(state, input, lengthBytes) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Writes the 20 bytes of a digest and clears its state. */
    static boolean sha1Final(long digest, long state) {
        try {
            return (int) SHA1_FINAL.invokeExact(digest, state) == 1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static SymbolLookup library() {
        if (ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
            throw new UnsatisfiedLinkError("pointers are not of 64 bits");
        }
        try {
            return SymbolLookup.libraryLookup("libcrypto.so.3", Arena.global());
        } catch (IllegalArgumentException e) {
            throw missing("libcrypto.so.3 was not found", e);
        }
    }

    private static long cipher(String name) {
        try (Arena arena = Arena.ofConfined()) {
            long cipher =
                    (long) CIPHER_FETCH.invokeExact(0L, arena.allocateFrom(name).address(), 0L);
            if (cipher == 0) {
                throw new UnsatisfiedLinkError("libcrypto has no " + name);
            }
            return cipher;
        } catch (UnsatisfiedLinkError e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(find(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle procedure(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(find(name), FunctionDescriptor.ofVoid(arguments));
    }

    private static MethodHandle critical(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                find(name), FunctionDescriptor.of(result, arguments), Linker.Option.critical(false));
    }

    private static MemorySegment find(String name) {
        return LIBRARY.find(name).orElseThrow(() -> new UnsatisfiedLinkError("libcrypto has no " + name));
    }

    private static UnsatisfiedLinkError missing(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return error;
    }

    private static AssertionError unexpected(Throwable e) {
        return new AssertionError("a native call does not throw", e);
    }
}
