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

void bytes_put_u8(struct buf *out, uint8_t x);
void bytes_put_u16(struct buf *out, uint16_t x);
void bytes_put_u32(struct buf *out, uint32_t x);
void bytes_put_u64(struct buf *out, uint64_t x);
void bytes_put_v(struct buf *out, uint64_t x);
void bytes_put_z(struct buf *out, uint64_t x);
void bytes_put_text(struct buf *out, const char *text); /* NULL: "" */

uint64_t bytes_fold(uint64_t x);
uint64_t bytes_unfold(uint64_t x);

size_t bytes_left(const struct bytes *in);
const uint8_t *bytes_get(struct bytes *in, size_t len); /* NULL if bad */
uint8_t bytes_get_u8(struct bytes *in);
uint16_t bytes_get_u16(struct bytes *in);
uint32_t bytes_get_u32(struct bytes *in);
uint64_t bytes_get_u64(struct bytes *in);
uint64_t bytes_get_v(struct bytes *in);
uint64_t bytes_get_v_max(struct bytes *in, uint64_t max); /* bad if more */
uint64_t bytes_get_z(struct bytes *in);
void bytes_get_text_into(struct bytes *in, char *out, size_t size);
const char *bytes_get_text_new(struct bytes *in, struct arena *a);

#endif
