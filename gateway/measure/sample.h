/*
 * sample.h - the noun everybody downstream of the field speaks
 *
 * A reading is one value of one point.  A batch is what one answer, or one
 * change of quality, of one device gave: one time, some readings.  A catalog
 * says what the devices and points of a batch are called and how their values
 * are shown; a batch names them by index, and travels with its catalog, so that
 * an edit of the configuration cannot change what an old batch meant.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_TEXT_MAX 64 /* bytes of a text value with its NUL */
#define SAMPLE_BOOT_BYTES 16
#define SAMPLE_READINGS_MAX 1024 /* of one batch: the points of one device */

/* ---- values ---- */

/* How a value is held.  Integers are exact over all 64 bits.  F32 is a number
 * that came from a 32-bit float: it is written with a float's digits. */
enum value_type {
	VALUE_NONE,
	VALUE_F32, /* f */
	VALUE_F64, /* f */
	VALUE_I64, /* i */
	VALUE_U64, /* u */
	VALUE_BOOL, /* u, 0 or 1 */
	VALUE_ENUM, /* i, the enumeration's number */
	VALUE_TEXT, /* text */
};

struct value {
	uint8_t type; /* enum value_type */
	union {
		double f;
		int64_t i;
		uint64_t u;
		char text[SAMPLE_TEXT_MAX];
	};
};

bool value_equal(const struct value *a, const struct value *b);

/* What there is of it: the room of a text is not copied with a number. */
static inline void
value_copy(struct value *to, const struct value *from)
{
	if (from->type == VALUE_TEXT) {
		*to = *from;
		return;
	}
	to->type = from->type;
	to->u = from->u;
}

double value_number(const struct value *v); /* NaN for a text or none */

/* ---- quality ---- */

/* These numbers are on disk: append, never renumber. */
enum quality_code {
	QUALITY_NEVER, /* nothing was read since the start */
	QUALITY_GOOD,
	QUALITY_UNCERTAIN_RANGE, /* outside `valid` */
	QUALITY_UNCERTAIN_CLOCK,
	QUALITY_BAD_TIMEOUT,
	QUALITY_BAD_CRC,
	QUALITY_BAD_EXCEPTION, /* detail: the code the device gave */
	QUALITY_BAD_DECODE, /* the words are not such a value */
	QUALITY_BAD_NOT_AVAILABLE,
	QUALITY_BAD_IDENTITY,
	QUALITY_BAD_BUS, /* the line or connection is gone */
	QUALITY_STALE, /* nobody tried for too long */
	QUALITY_DISABLED,
	QUALITY_SIMULATED,
	QUALITY_COUNT
};

struct quality {
	uint8_t code; /* enum quality_code */
	uint8_t detail;
};

static inline bool
quality_equal(struct quality a, struct quality b)
{
	return a.code == b.code && a.detail == b.detail;
}

/* Good, uncertain, simulated. */
static inline bool
quality_has_value(struct quality q)
{
	return q.code == QUALITY_GOOD || q.code == QUALITY_UNCERTAIN_RANGE ||
	    q.code == QUALITY_UNCERTAIN_CLOCK || q.code == QUALITY_SIMULATED;
}

/* "good", "uncertain:range", "bad:exception-2", ... into text. */
#define QUALITY_TEXT_MAX 24
const char *quality_text(struct quality q, char text[QUALITY_TEXT_MAX]);

/* ---- readings ---- */

/* When an answer arrived; taken once, by the thread that asks, never again. */
struct stamp {
	uint8_t boot[SAMPLE_BOOT_BYTES]; /* which boot mono_ms belongs to */
	int64_t mono_ms;
	int64_t wall_ms; /* Unix time as the box believed it then */
	bool synced; /* the wall clock was disciplined */
};

struct reading {
	uint16_t point; /* index into the device's points */
	struct quality quality;
	struct value value; /* VALUE_NONE unless quality_has_value() */
};

struct batch {
	uint64_t seq; /* number of this batch in its log, from 1 */
	uint64_t first; /* readings accepted before it, in all of its log */
	struct stamp at;
	uint16_t device; /* index into the catalog */
	uint16_t count;
	bool urgent; /* commit at once; not kept on disk */
	bool in_memory; /* given by a reader before it was on disk: it bears
			   the journal's volatile id, not its own */
	struct reading *readings; /* count of them; whose they are is said by
				     the function that gives the batch */
	const char *event; /* in the log of events, instead of readings: the
			      members of a JSON object, "\"type\":...", NUL at
			      the end; then count is 1 and device is 0 */
};

#define SAMPLE_EVENT_MAX                                                       \
	15360 /* bytes of an event with its NUL: an alarm's members and who    \
		 gave an order, with his note */

/* ---- names ---- */

enum point_form { FORM_NUMBER, FORM_BOOL, FORM_ENUM, FORM_TEXT };

struct enum_name {
	int64_t number;
	const char *name;
};

/* A text for people; either may be NULL, not both. */
struct text {
	const char *zh, *en;
};

struct point_info {
	const char *name;
	const char *unit; /* "" if dimensionless */
	const char *role; /* "counter", or "" */
	uint8_t form; /* enum point_form */
	uint16_t name_count; /* of an enumeration */
	const struct enum_name *names;
	/* not in the journal's dictionary */
	struct text title; /* for people */
	const struct text *name_texts; /* of each name, for people, or NULLs;
					  or NULL: there are none */
	bool has_valid; /* a value outside is uncertain:range */
	double valid_min, valid_max;
	bool has_low, has_high; /* below, or above, an alarm holds (limits.h) */
	double low, high;
	uint32_t definition; /* a checksum of where the device has it and how
				its value comes about */
};

struct device_info {
	const char *id;
	const char *kind;
	uint16_t point_count;
	const struct point_info *points;
	/* for people; not in the journal's dictionary */
	struct text name;
	const char *profile; /* NULL: riser itself */
	const char *verified; /* the profile's grade: A, B, C; or NULL */
	const char *building, *stair; /* or NULL */
	int floors; /* 0: not said */
	const char *fed_by; /* or NULL */
	const char *bus; /* or NULL: on none */
	struct text owner; /* who looks after it; or NULLs */
	const char *owner_phone, *rescue_code; /* or NULL; not for everybody */
	double rating_kva; /* 0: not said */
	uint32_t definition; /* a checksum of where it is asked and by which
				profile */
};

/* Counted by reference, immutable once shared; any thread. */
struct catalog {
	uint16_t device_count;
	const struct device_info *devices;
	void *memory; /* an arena that holds all of it */
	int refs; /* atomic */
};

struct catalog *catalog_ref(struct catalog *c);
void catalog_unref(struct catalog *c); /* NULL is fine */
int catalog_find(const struct catalog *c, const char *device_id); /* or -1 */
int device_find(const struct device_info *d, const char *point); /* or -1 */
const struct point_info *catalog_point(const struct catalog *c,
    const char *device_id, const char *point); /* or NULL */

/* Whether a value of the one, which is a's or b's, is one of the other: the
 * same quantity, read and computed in the same way. */
bool point_same(const struct device_info *a, const struct point_info *of_a,
    const struct device_info *b, const struct point_info *of_b);

/* The enumeration's name for a number, or NULL; and what people read for it,
 * or NULLs. */
const char *point_enum_name(const struct point_info *p, int64_t number);
struct text point_enum_text(const struct point_info *p, int64_t number);

#endif
