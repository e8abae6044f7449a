/*
 * record.h - batches, cursors and catalogs as bytes, pure
 *
 * A segment is a row of records: a head, a catalog, cursors, then commits, and
 * behind a commit the cursors if they moved.  All numbers are little-endian;
 *`v` is a varint of 7 bits a byte, low first; `z` a signed number folded to v
 *(0 -1 1 -2: 0 1 2 3).
 *
 *	frame    0 u32 "RJRN"       4 u32 crc32c of bytes 8..43
 *	         8 u32 body length 12 u32 crc32c of the body
 *	        16 u32 type        20 u64 seq of the first batch
 *	        28 u64 readings accepted before it
 *	        36 u32 batches     40 u32 readings    44 body
 *	head     v version, log id (8 bytes), z wall ms of the first batch
 *	catalog  v devices, of each: text id, text kind, v points, of each: text
 *	         name, text unit, text role, u8 form, v names, of each: z, text
 *	commit   batches
 *	batch    u8 flags, v device, z mono ms and z wall ms less those of the
 *	         batch before, [boot id (16 bytes)], v count, readings
 *	reading  v point, u8 kind << 4 | plain, [u8 quality, u8 detail], value
 *	cursors  v count, of each: text name, v seq upto base delivered dropped
 *	text     v length, bytes without a NUL
 *
 * The frame has a checksum of its own, so that of a record whose body is
 * damaged it is still known what was lost, and a torn record is told from a
 * damaged one.
 *
 * To change the format raise RECORD_VERSION, keep reading the older ones (the
 * head says which), and add a segment of the old one to the fuzzer's corpus.
 * Numbers of types, kinds, flags and qualities are never used again.
 */
#ifndef RECORD_H
#define RECORD_H

#include "gateway/base/buf.h"
#include "gateway/measure/sample.h"
#include "gateway/store/bytes.h"

#define RECORD_VERSION 1
#define RECORD_FRAME_BYTES 44
#define RECORD_BODY_MAX                                                        \
	((size_t)4 * 1024 * 1024) /* bytes: what a reader holds */
#define RECORD_BATCH_MIN 5 /* bytes of the smallest batch */
#define RECORD_LOG_CHARS 8
#define RECORD_CURSORS_MAX 16 /* followers: a handful, and some forgotten */
#define RECORD_NAME_MAX 32 /* bytes of a cursor's name with its NUL */
#define RECORD_CURSORS_BYTES /* at most */                                     \
	(10 + RECORD_CURSORS_MAX * (10 + RECORD_NAME_MAX + 5 * 10))

enum record_type {
	RECORD_HEAD = 1,
	RECORD_CATALOG = 2,
	RECORD_CURSORS = 3,
	RECORD_COMMIT = 4,
};

extern const uint8_t record_magic[4];

struct record_frame {
	uint32_t type, length, body_crc;
	uint64_t seq; /* of the first batch; of the next one if there is none */
	uint64_t first; /* readings accepted before it */
	uint32_t batches, readings;
};

struct record_cursor {
	char name[RECORD_NAME_MAX];
	uint64_t seq; /* done with up to this one */
	uint64_t upto; /* readings up to there */
	uint64_t base; /* readings accepted before the cursor was made */
	uint64_t delivered, dropped;
};

struct record_cursors {
	size_t count;
	struct record_cursor of[RECORD_CURSORS_MAX];
};

struct record_head {
	char log[RECORD_LOG_CHARS + 1];
	int64_t wall_ms;
};

/* Fills in length and both checksums over body. */
void record_frame_put(uint8_t out[RECORD_FRAME_BYTES], struct record_frame *f,
    const void *body, size_t length);
/* False if it is no frame. */
bool record_frame_get(
    struct record_frame *f, const uint8_t in[RECORD_FRAME_BYTES]);
bool record_body_ok(const struct record_frame *f, const void *body);

/* A batch is written against the one before it in the same commit: `before` is
 * all zeroes for the first, and moves along.  Put: false, and nothing written,
 * if the fixed buf is full.  Get: false if the bytes are no batch of this
 * catalog; b->readings must have room for SAMPLE_READINGS_MAX; seq, first and
 * urgent are left alone. */
bool record_batch_put(
    struct buf *out, struct stamp *before, const struct batch *b);
bool record_batch_get(struct bytes *in, struct stamp *before,
    const struct catalog *c, struct batch *b);

void record_cursors_put(struct buf *out, const struct record_cursors *c);
bool record_cursors_get(
    struct record_cursors *c, const void *body, size_t length);

void record_head_put(struct buf *out, const struct record_head *h);
bool record_head_get(struct record_head *h, const void *body, size_t length);

/* Only what a batch needs to be understood: no texts for people.  Get: NULL if
 * the bytes are no catalog, else with one reference. */
void record_catalog_put(struct buf *out, const struct catalog *c);
struct catalog *record_catalog_get(const void *body, size_t length);

#endif
