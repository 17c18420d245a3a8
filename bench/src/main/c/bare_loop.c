/*
 * The same loop as BareLoop.java, in C, to show what Java adds to it. Not part of the build:
 *
 *     gcc -O2 -Wall -shared -fPIC -o libbareloop.so bench/src/main/c/bare_loop.c -lcrypto
 *
 * (needs libssl-dev), then run dev.rostrum.bench.fanout.BareLoopComparison with the path of the library.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, STRIDE = 1600, TAG = 16 };

struct bare_loop {
    int listeners, header_length, payload_length, socket;
    uint32_t sequence;
    EVP_CIPHER_CTX **ciphers;
    struct sockaddr_in *names;
    struct mmsghdr *headers;
    struct iovec iovecs[BATCH];
    unsigned char *datagrams, *payload;
};

/* ports: of the listeners, at 127.0.0.1 */
struct bare_loop *bare_loop_open(const int32_t *ports, int listeners, int header_length, int payload_length) {
    struct bare_loop *loop = calloc(1, sizeof *loop);
    loop->listeners = listeners;
    loop->header_length = header_length;
    loop->payload_length = payload_length;
    loop->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int size = 4 << 20;
    setsockopt(loop->socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(loop->socket, (struct sockaddr *) &local, sizeof local) < 0) {
        return NULL;
    }
    loop->ciphers = calloc(listeners, sizeof *loop->ciphers);
    loop->names = aligned_alloc(64, (listeners * sizeof *loop->names + 63) & ~63UL);
    loop->headers = aligned_alloc(64, listeners * sizeof *loop->headers);
    memset(loop->names, 0, listeners * sizeof *loop->names);
    memset(loop->headers, 0, listeners * sizeof *loop->headers);
    loop->datagrams = aligned_alloc(64, BATCH * STRIDE);
    loop->payload = aligned_alloc(64, 2048);
    for (int i = 0; i < payload_length; i++) {
        loop->payload[i] = random();
    }
    for (int slot = 0; slot < BATCH; slot++) {
        loop->iovecs[slot].iov_base = loop->datagrams + slot * STRIDE;
        loop->iovecs[slot].iov_len = header_length + payload_length + TAG;
    }
    for (int i = 0; i < listeners; i++) {
        unsigned char key[16];
        for (int k = 0; k < 16; k++) {
            key[k] = random();
        }
        loop->ciphers[i] = EVP_CIPHER_CTX_new();
        EVP_EncryptInit_ex(loop->ciphers[i], EVP_aes_128_gcm(), NULL, key, NULL);
        loop->names[i].sin_family = AF_INET;
        loop->names[i].sin_port = htons(ports[i]);
        loop->names[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        loop->headers[i].msg_hdr.msg_name = &loop->names[i];
        loop->headers[i].msg_hdr.msg_namelen = sizeof loop->names[i];
        loop->headers[i].msg_hdr.msg_iov = &loop->iovecs[i % BATCH];
        loop->headers[i].msg_hdr.msg_iovlen = 1;
    }
    return loop;
}

static void put(unsigned char *at, uint32_t value) {
    value = htonl(value);
    memcpy(at, &value, 4);
}

static int protect_batch(struct bare_loop *loop, int first, int count) {
    unsigned char iv[12] = {0};
    int outl, ok = 1;
    for (int slot = 0; slot < count; slot++) {
        unsigned char *out = loop->datagrams + slot * STRIDE, *encrypted = out + loop->header_length;
        EVP_CIPHER_CTX *cipher = loop->ciphers[first + slot];
        put(out, 0x806f0000u | (loop->sequence & 0xffff));
        put(out + 4, loop->sequence * 960);
        put(out + 8, first + slot);
        put(iv + 4, first + slot);
        put(iv + 8, loop->sequence);
        ok &= EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, iv);
        ok &= EVP_EncryptUpdate(cipher, NULL, &outl, out, loop->header_length);
        ok &= EVP_EncryptUpdate(cipher, encrypted, &outl, loop->payload, loop->payload_length);
        ok &= EVP_EncryptFinal_ex(cipher, encrypted + loop->payload_length, &outl);
        ok &= EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, encrypted + loop->payload_length);
    }
    return ok;
}

/* Returns how many datagrams the system took, or -1 if libcrypto failed. */
long bare_loop_run(struct bare_loop *loop, int rounds) {
    long sent = 0;
    for (int round = 0; round < rounds; round++) {
        loop->sequence++;
        for (int first = 0; first < loop->listeners; first += BATCH) {
            int count = loop->listeners - first < BATCH ? loop->listeners - first : BATCH;
            if (protect_batch(loop, first, count) != 1) {
                return -1;
            }
            int result = sendmmsg(loop->socket, loop->headers + first, count, MSG_DONTWAIT);
            sent += result > 0 ? result : 0;
        }
    }
    return sent;
}

void bare_loop_close(struct bare_loop *loop) {
    for (int i = 0; i < loop->listeners; i++) {
        EVP_CIPHER_CTX_free(loop->ciphers[i]);
    }
    close(loop->socket);
    free(loop->ciphers);
    free(loop->names);
    free(loop->headers);
    free(loop->datagrams);
    free(loop->payload);
    free(loop);
}
