/*
 * columns_form.h - what both sides of columns.h agree on
 */
#ifndef COLUMNS_FORM_H
#define COLUMNS_FORM_H

#include "gateway/store/columns.h"

enum { BODY_PLAIN = 0, BODY_ZSTD = 1 };

/* A batch's flags. */
enum { FLAG_SYNCED = 1, FLAG_BOOT = 2, FLAG_EVENT = 4, FLAGS_KNOWN = 7 };

/* A reading's token. */
enum { GAP_FOLLOWS = 14, QUALITY_FOLLOWS = 15, KIND_SHIFT = 4 };

enum kind {
	KIND_NONE = 0,
	KIND_F32 = 1,
	KIND_F32_DECIMAL = 2,
	KIND_WIDE = 3, /* an F32 that was computed with: a double */
	KIND_WIDE_DECIMAL = 4,
	KIND_F64 = 5,
	KIND_F64_DECIMAL = 6,
	KIND_I64 = 7,
	KIND_U64 = 8,
	KIND_FALSE = 9,
	KIND_TRUE = 10,
	KIND_ENUM = 11,
	KIND_TEXT = 12,
};

/* In the order in which they stand; the noise is not among the columns. */
enum column {
	COUNTS,
	FLAGS,
	BOOTS,
	MONOS,
	LEADS,
	DEVICES,
	TOKENS,
	POINTS,
	QUALITIES,
	NUMBERS,
	HEADS,
	TEXTS,
	COLUMN_COUNT,
	NOISE = COLUMN_COUNT,
	STREAM_COUNT
};

/* ---- floats ---- */

#define RECENT_BITS 12 /* of the number of places; part of the format */

/* The last float of a point, in a place that another's may take. */
struct recent {
	uint32_t key; /* device and point, from 1 */
	uint32_t bits;
};

/* What the next is told against: what was told last, of the whole body. */
struct told {
	struct stamp at;
	uint64_t lead; /* wall less mono */
	uint8_t flags;
	uint16_t device;
	uint32_t bits; /* of the last float */
	struct recent recent[1 << RECENT_BITS];
};

/* That of a point of p->device; if its place was another's, or nobody's, with
 * the last float of all instead. */
struct recent *columns_recent(struct told *p, uint16_t point);

/* ---- decimals ---- */

#define PLACES_SHIFT 3
#define PLACES_MAX ((1 << PLACES_SHIFT) - 1)

struct decimal {
	int64_t digits;
	unsigned places;
};

double columns_decimal_value(struct decimal d, bool narrow);

/* Whether x is one to the bit, as a float if narrow, and is short enough to be
 * worth it; then the shortest. */
bool columns_decimal_of(struct decimal *d, double x, bool narrow);

bool columns_same_bits(double a, double b);

#endif
