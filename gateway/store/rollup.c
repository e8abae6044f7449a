/*
 * rollup.c - computes the spans of slots that are due
 *
 * Minutes come from readings: those of the span, and of as long before it as
 * any value of the device may hold, so that what held at its start is known and
 * a counter's fall is told from a wrong answer.
 *
 * Quarters come from minutes, for these are kept longer than readings, and a
 * day of them is small.
 *
 * Where some of what a span is made of is gone, its slots stay as they were,
 * and only those are added that there were none of: that is how what is
 * imported of long ago comes in.
 *
 * A counter's first reading after a gap is measured by what was counted before
 * the gap: else a wrong answer there, and the right one behind it, would be an
 * increase.
 *
 * A span with all its devices is one transaction.  Another writer, an import,
 * waits for it; a reader while it is written.
 */
#include "gateway/store/rollup.h"

#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/past.h"
#include "gateway/store/reference.h"
#include "gateway/store/slots.h"

#define MINUTES_A_QUARTER (HISTORY_QUARTER_MS / HISTORY_MINUTE_MS)
#define QUARTERS_A_DAY (HISTORY_QUARTERS_SPAN_MS / HISTORY_QUARTER_MS)
#define STEP_MS 100 /* of small spans several are one transaction */
#define LOOK_MS (2 * HISTORY_MINUTE_MS) /* before a span, at least */

struct rollup {
	struct past *past;
	struct slots_writer *writer;
	struct buf block;
	int names_cap;
	struct history_name *names; /* of the device under work */
	int64_t span_ms; /* start of the span under work */
	/* of a day: a device's blocks of minutes, unpacked, side by side */
	struct buf minutes;
	size_t ends[HISTORY_SPANS_A_DAY];
	struct slots slots;
	struct slots_point point;
	struct reference reference;
	/* of the span as it was, if it is to stay */
	bool stays;
	struct buf before;
	struct slots old;
	struct slots_point kept;
	uint32_t kept_next; /* of kept */
	struct slot quarters[QUARTERS_A_DAY];
};

struct rollup *
rollup_new(void)
{
	struct rollup *r = must_alloc(1, sizeof(*r));

	r->past = past_new();
	r->writer = slots_writer_new();
	return r;
}

void
rollup_free(struct rollup *r)
{
	if (r == NULL)
		return;
	past_free(r->past);
	slots_writer_free(r->writer);
	slots_free(&r->slots);
	slots_free(&r->old);
	reference_free(&r->reference);
	buf_free(&r->before);
	buf_free(&r->block);
	buf_free(&r->minutes);
	free(r->names);
	free(r);
}

uint64_t
rollup_damaged(const struct rollup *r)
{
	return past_damaged(r->past);
}

/* All names of a device; how many. */
static int
read_names(struct rollup *r, struct history_file *f, uint16_t device)
{
	for (;;) {
		int count =
		    history_file_names(f, device, NULL, r->names, r->names_cap);

		if (count < r->names_cap)
			return count;
		r->names_cap = r->names_cap > 0 ? 2 * r->names_cap : 64;
		r->names = must_grow(
		    r->names, (size_t)r->names_cap, sizeof(r->names[0]));
	}
}

static int
put(struct rollup *r, struct history_file *f, enum history_tier tier,
    uint16_t device)
{
	buf_clear(&r->block);
	slots_end(r->writer, &r->block);
	return history_file_put_slots(
	    f, tier, history_span_of(tier, r->span_ms), device, &r->block);
}

/* ---- what stays ---- */

/* The device's block as it was, if not all is there to make it anew. */
static int
read_before(struct rollup *r, struct history_file *f, enum history_tier tier,
    uint16_t device)
{
	int rc = history_file_reaches(f, tier, r->span_ms);
	const void *block;
	size_t length;

	r->stays = false;
	if (rc != 0)
		return rc == -1 ? -1 : 0;
	rc = history_file_slots(f, tier, history_span_of(tier, r->span_ms),
	    device, &block, &length);
	if (rc != 1)
		return rc;
	buf_clear(&r->before);
	buf_add(&r->before, block, length);
	r->stays = slots_open(
	    &r->old, history_step_ms(tier), r->before.data, r->before.len);
	return 0;
}

static void
begin_point(struct rollup *r, const struct history_name *name)
{
	r->kept_next = 0;
	if (!r->stays || slots_next(&r->old, name->id, &r->kept) != 1)
		r->kept.count = 0;
}

/* Those before this one; whether it is there itself. */
static bool
add_kept(struct rollup *r, uint32_t index)
{
	while (r->kept_next < r->kept.count &&
	    r->kept.of[r->kept_next].index < index) {
		slots_add(r->writer, r->kept.of[r->kept_next].index,
		    &r->kept.of[r->kept_next].slot);
		r->kept_next++;
	}
	return r->kept_next < r->kept.count &&
	    r->kept.of[r->kept_next].index == index;
}

/* One in which a value was only held yields to one that has readings. */
static void
add_slot(struct rollup *r, int64_t index, const struct slot *slot)
{
	if (add_kept(r, (uint32_t)index)) {
		if (r->kept.of[r->kept_next].slot.count > 0 || slot->count == 0)
			return;
		r->kept_next++;
	}
	slots_add(r->writer, (uint32_t)index, slot);
}

static void
end_point(struct rollup *r, const struct history_name *name)
{
	add_kept(r, UINT32_MAX);
	slots_put(r->writer, name->id, name->counter);
}

/* ---- minutes ---- */

static void
keep_minute(void *context, int64_t start_ms, const struct slot *slot)
{
	struct rollup *r = context;

	add_slot(r, (start_ms - r->span_ms) / HISTORY_MINUTE_MS, slot);
}

/* Its readings, and those that its point has by other names: these end what
 * it told. */
static void
take_name(struct rollup *r, const struct history_name *name, int count)
{
	past_clear(r->past);
	past_take(r->past, name->id);
	for (int i = 0; i < count; i++)
		if (r->names[i].first == name->first && &r->names[i] != name)
			past_take_ends(r->past, r->names[i].id);
}

static int
fill_point(struct rollup *r, struct history_file *file,
    const struct history_name *name, int count)
{
	struct filler f = {.step_ms = HISTORY_MINUTE_MS,
	    .from_ms = r->span_ms,
	    .to_ms = r->span_ms + HISTORY_MINUTES_SPAN_MS,
	    .hold_ms = name->hold_ms,
	    .counter = name->counter,
	    .see = keep_minute,
	    .context = r};

	take_name(r, name, count);
	if (name->counter &&
	    reference_set(&r->reference, file, name, r->past, &f) == -1)
		return -1;
	begin_point(r, name);
	past_fill(r->past, &f, f.to_ms);
	end_point(r, name);
	return 0;
}

static int
minutes_of(struct rollup *r, struct history_file *f, uint16_t device)
{
	int count = read_names(r, f, device);
	int64_t look_ms = LOOK_MS;

	if (count == -1 || read_before(r, f, HISTORY_MINUTES, device) == -1)
		return -1;
	for (int i = 0; i < count; i++)
		if (r->names[i].hold_ms > look_ms)
			look_ms = r->names[i].hold_ms;
	if (past_load(r->past, f, device, r->span_ms - look_ms,
		r->span_ms + HISTORY_MINUTES_SPAN_MS) == -1)
		return -1;
	slots_begin(r->writer, HISTORY_MINUTE_MS, HISTORY_MINUTES_A_SPAN);
	for (int i = 0; i < count; i++)
		if (fill_point(r, f, &r->names[i], count) == -1)
			return -1;
	return put(r, f, HISTORY_MINUTES, device);
}

/* ---- quarters ---- */

static void
merge_minutes(struct rollup *r, int span)
{
	for (uint32_t i = 0; i < r->point.count; i++) {
		int64_t minute =
		    r->point.of[i].index + span * HISTORY_MINUTES_A_SPAN;

		slot_merge(&r->quarters[minute / MINUTES_A_QUARTER],
		    &r->point.of[i].slot);
	}
}

static void
merge_point(struct rollup *r, const struct history_name *name)
{
	size_t at = 0;

	for (size_t i = 0; i < QUARTERS_A_DAY; i++)
		slot_clear(&r->quarters[i]);
	for (int i = 0; i < HISTORY_SPANS_A_DAY; at = r->ends[i++])
		if (slots_open(&r->slots, HISTORY_MINUTE_MS,
			r->minutes.data + at, r->ends[i] - at) &&
		    slots_next(&r->slots, name->id, &r->point) == 1)
			merge_minutes(r, i);
	begin_point(r, name);
	for (uint32_t i = 0; i < QUARTERS_A_DAY; i++)
		add_slot(r, i, &r->quarters[i]);
	end_point(r, name);
}

static int
read_minutes(struct rollup *r, struct history_file *f, uint16_t device)
{
	int64_t first = history_span_of(HISTORY_MINUTES, r->span_ms);
	const void *block;
	size_t length;

	buf_clear(&r->minutes);
	for (int i = 0; i < HISTORY_SPANS_A_DAY; i++) {
		int rc = history_file_slots(
		    f, HISTORY_MINUTES, first + i, device, &block, &length);

		if (rc == -1)
			return -1;
		if (rc == 1 && crate_open(&r->slots.crate, block, length))
			crate_copy(&r->slots.crate, &r->minutes);
		r->ends[i] = r->minutes.len;
	}
	return 0;
}

static int
quarters_of(struct rollup *r, struct history_file *f, uint16_t device)
{
	int count = read_names(r, f, device);

	if (count == -1 || read_before(r, f, HISTORY_QUARTERS, device) == -1 ||
	    read_minutes(r, f, device) == -1)
		return -1;
	slots_begin(r->writer, HISTORY_QUARTER_MS, QUARTERS_A_DAY);
	for (int i = 0; i < count && (r->minutes.len > 0 || r->stays); i++)
		merge_point(r, &r->names[i]);
	return put(r, f, HISTORY_QUARTERS, device);
}

/* ---- a span ---- */

static int
all_devices(struct rollup *r, struct history_file *f, enum history_tier tier)
{
	uint16_t count;

	if (history_file_devices(f, &count) == -1)
		return -1;
	for (uint32_t device = 1; device <= count; device++) {
		int rc = tier == HISTORY_MINUTES
		    ? minutes_of(r, f, (uint16_t)device)
		    : quarters_of(r, f, (uint16_t)device);

		if (rc == -1)
			return -1;
	}
	return 0;
}

static int
compute(struct rollup *r, struct history_file *f, enum history_tier tier,
    int64_t span)
{
	r->span_ms = span * history_span_ms(tier);
	if (all_devices(r, f, tier) == -1)
		return -1;
	if (tier == HISTORY_MINUTES &&
	    history_file_mark(f, HISTORY_QUARTERS, r->span_ms, r->span_ms) ==
		-1)
		return -1;
	return history_file_done(f, tier, span);
}

/* The next that is over: minutes first, for days are made of them. */
static int
find_due(struct history_file *f, enum history_tier *tier, int64_t *span)
{
	int64_t known_ms;
	int rc = history_file_known(f, &known_ms);

	*tier = HISTORY_MINUTES;
	if (rc == 0)
		rc = history_file_due(f, *tier, known_ms, span);
	if (rc != 0)
		return rc;
	*tier = HISTORY_QUARTERS;
	return history_file_due(f, *tier, known_ms, span);
}

int
rollup_step(struct rollup *r, struct history_file *f)
{
	int64_t until_ms = clock_mono_ms() + STEP_MS, span;
	enum history_tier tier;
	int rc = find_due(f, &tier, &span);

	if (rc != 1)
		return rc;
	if (history_file_begin(f) == -1)
		return -1;
	do {
		if (compute(r, f, tier, span) == -1)
			return -1;
		rc = find_due(f, &tier, &span);
	} while (rc == 1 && clock_mono_ms() < until_ms);
	if (rc == -1 || history_file_commit(f) == -1)
		return -1;
	return 1;
}
