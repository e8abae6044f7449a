/*
 * bytes.h - numbers and texts put into bytes and got out of them, pure
 *
 * Little-endian.  `v` is a varint of 7 bits a byte, low first; `z` a signed
 * number folded to v (0 -1 1 -2: 0 1 2 3), given as its 64 bits so that
 * differences may wrap; bytes_fold and bytes_unfold are that alone.  A text is
 * v length and bytes without a NUL.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"

/* Bytes being read.  Once they ran out or made no sense `bad` stays set and
 * everything got is 0 or "": judge it once, at the end. */
struct bytes {
	const uint8_t *at, *end;
	bool bad;
};

/* The short ones are here for their speed: most of what is packed is numbers of
 * one byte, told to this and got back from it one by one. */

static inline uint64_t
bytes_fold(uint64_t x)
{
	return x << 1 ^ (x >> 63 != 0 ? UINT64_MAX : 0);
}

static inline uint64_t
bytes_unfold(uint64_t x)
{
	return x >> 1 ^ ((x & 1) != 0 ? UINT64_MAX : 0);
}

/* ---- put ---- */

#define BYTES_V_MAX 10 /* bytes of a v or z: 64 bits, 7 a byte */

/* Where there is room for BYTES_V_MAX; gives the place behind it. */
static inline uint8_t *
bytes_write_v(uint8_t *at, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*at++ = (uint8_t)(x | 0x80);
	*at++ = (uint8_t)x;
	return at;
}

static inline uint8_t *
bytes_write_z(uint8_t *at, uint64_t x)
{
	return bytes_write_v(at, bytes_fold(x));
}

void bytes_put_long_v(struct buf *out, uint64_t x); /* of any length */
void bytes_put_u16(struct buf *out, uint16_t x);
void bytes_put_u32(struct buf *out, uint32_t x);
void bytes_put_u64(struct buf *out, uint64_t x);
void bytes_put_text(struct buf *out, const char *text); /* NULL: "" */

static inline void
bytes_put_u8(struct buf *out, uint8_t x)
{
	buf_char(out, (char)x);
}

static inline void
bytes_put_v(struct buf *out, uint64_t x)
{
	if (x < 0x80)
		buf_char(out, (char)x);
	else
		bytes_put_long_v(out, x);
}

static inline void
bytes_put_z(struct buf *out, uint64_t x)
{
	bytes_put_v(out, bytes_fold(x));
}

/* ---- got ---- */

const uint8_t *bytes_get(struct bytes *in, size_t len); /* NULL if bad */
uint16_t bytes_get_u16(struct bytes *in);
uint32_t bytes_get_u32(struct bytes *in);
uint64_t bytes_get_u64(struct bytes *in);
uint64_t bytes_get_long_v(struct bytes *in); /* of any length */
uint64_t bytes_get_v_max(struct bytes *in, uint64_t max); /* bad if more */
void bytes_get_text_into(struct bytes *in, char *out, size_t size);
const char *bytes_get_text_new(struct bytes *in, struct arena *a);

static inline size_t
bytes_left(const struct bytes *in)
{
	return (size_t)(in->end - in->at);
}

static inline uint8_t
bytes_get_u8(struct bytes *in)
{
	if (in->bad || in->at == in->end) {
		in->bad = true;
		return 0;
	}
	return *in->at++;
}

static inline uint64_t
bytes_get_v(struct bytes *in)
{
	if (!in->bad && in->at < in->end && *in->at < 0x80)
		return *in->at++;
	return bytes_get_long_v(in);
}

static inline uint64_t
bytes_get_z(struct bytes *in)
{
	return bytes_unfold(bytes_get_v(in));
}

#endif
