/*
 * record.h - what a segment is made of, as bytes, pure
 *
 * A segment is a row of records: a head, a catalog, cursors, then commits, and
 * behind a commit the cursors if they moved.  All numbers are little-endian;
 * v, z and text are as bytes.h says.
 *
 *	frame    0 u32 "RJRN"       4 u32 crc32c of bytes 8..43
 *	         8 u32 body length 12 u32 crc32c of the body
 *	        16 u32 type        20 u64 seq of the first batch
 *	        28 u64 readings accepted before it
 *	        36 u32 batches     40 u32 readings    44 body
 *	head     v version, log id (8 bytes), z wall ms of the first batch
 *	catalog  v devices, of each: text id, text kind, v points, of each: text
 *	         name, text unit, text role, u8 form, v names, of each: z, text
 *	commit   batches, as columns.h packs them
 *	cursors  v count, of each: text name, v base delivered dropped, v
 *	         ranges, of each: v after, v upto, [v last, v last_upto];
 *	         then v boots, of each: id (16 bytes), z floor ms, z floor
 *	         mono ms, u8 set, [z offset ms]
 *
 * The numbers of ranges are each less the one before it in the same cursor
 * (seqs less seqs, readings less readings), so that they cannot overlap; the
 * last range is open and has no end.
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
#include "gateway/measure/timeline.h"
#include "gateway/store/bytes.h"
#include "gateway/store/row.h"

#define RECORD_VERSION 2
#define RECORD_FRAME_BYTES 44
#define RECORD_BODY_MAX                                                        \
	((size_t)4 * 1024 * 1024) /* bytes: what a reader holds */
#define RECORD_BATCHES_MAX /* whose rows are as long as a body may be */       \
	(RECORD_BODY_MAX / ROW_BYTES_MIN)
#define RECORD_LOG_CHARS 8
#define RECORD_CURSORS_MAX 16 /* followers: a handful, and some forgotten */
#define RECORD_RANGES_MAX 16
#define RECORD_NAME_MAX 32 /* bytes of a cursor's name with its NUL */
#define RECORD_RANGES_BYTES (10 + RECORD_RANGES_MAX * 4 * 10)
#define RECORD_TIMES_BYTES                                                     \
	(10 + TIMELINE_BOOTS * (SAMPLE_BOOT_BYTES + 3 * 10 + 1))
#define RECORD_CURSORS_BYTES /* at most */                                     \
	(10 + RECORD_TIMES_BYTES +                                             \
	    RECORD_CURSORS_MAX *                                               \
		(10 + RECORD_NAME_MAX + 3 * 10 + RECORD_RANGES_BYTES))
#define RECORD_SEQ_MAX ((uint64_t)1 << 62) /* more can only be made by hand */

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

#define RECORD_OPEN UINT64_MAX

/* Not done with: the batches behind `after` up to and with `last`. */
struct record_range {
	uint64_t after, upto; /* and the readings accepted up to there */
	uint64_t last, last_upto; /* RECORD_OPEN: to all that will come */
};

struct record_cursor {
	char name[RECORD_NAME_MAX];
	size_t range_count; /* at least 1; the last one is open */
	struct record_range ranges[RECORD_RANGES_MAX]; /* oldest first */
	uint64_t base; /* readings accepted before the cursor was made */
	uint64_t delivered, dropped;
};

/* And what is known of the boots' clocks. */
struct record_cursors {
	size_t count;
	struct record_cursor of[RECORD_CURSORS_MAX];
	struct timeline times;
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

/* Get: false unless each cursor's ranges are in order and disjoint, and only
 * the last one open. */
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
