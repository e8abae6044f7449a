/*
 * history_query.c - answers of the history
 *
 * Time is gone through span by span, in the coarsest slots kept that make up
 * the step: a day of quarters where it is computed, else its spans of two hours
 * of minutes, else, of those that are due or not over, minutes made of readings
 * and of what the thread has in memory.  Below a minute all is made of
 * readings.  Whatever slots come are merged into the row they lie in, and a row
 * is given when one comes that lies behind it.
 *
 * Some days are read in a transaction, so that the writer waits for no more
 * than those; what is in memory is asked for before it, and left out if
 * the file then turns out to have it.
 */
#include "gateway/store/history_query.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/store/calendar.h"
#include "gateway/store/history.h"
#include "gateway/store/past.h"
#include "gateway/store/reference.h"
#include "gateway/store/slots.h"

#define NAMES_MAX 256 /* definitions of one point that can be joined */
#define LOOK_DAYS 32 /* read at most while the writer waits */

struct ask {
	struct history_file file;
	struct history *of;
	const struct history_query *q;
	history_row *see;
	void *context;
	struct history_answer *answer;
	bool looking; /* a transaction is open */
	bool stopped; /* no more rows */

	uint16_t device;
	int name_count;
	struct history_name names[NAMES_MAX]; /* the last is the newest */
	int64_t base_ms; /* of the slots that rows are merged of */
	int64_t known_ms; /* nothing is known behind it */
	int64_t memory_ms; /* some of what is behind it may not be in the file
			      yet */

	struct past *past;
	struct reference reference;
	struct slots slots;
	struct slots_point point;
	struct slot merged[SLOTS_MAX]; /* of one span, if there are several
					  names */
	/* the row under work, and the last before it in which a counter was
	 * read, not only held */
	struct slot row, before;
	int64_t row_ms, next_ms; /* its start and end; 0: none */
};

/* ---- steps ---- */

int64_t
history_query_step(const struct history_query *q)
{
	static const int64_t steps[] = {CALENDAR_DAY_MS, CALENDAR_HOUR_MS,
	    HISTORY_QUARTER_MS, HISTORY_MINUTE_MS, 10000, 1000};
	size_t i = 0;

	if (q->step_ms != 0)
		return calendar_step_ok(q->step_ms) ? q->step_ms : 0;
	while (i < 5 && (q->to_ms - q->from_ms) / steps[i] < HISTORY_ROWS_GOOD)
		i++;
	return steps[i];
}

/* The slots to merge rows of: the coarsest that fit. */
static int64_t
base_step(int64_t step_ms)
{
	if (step_ms % HISTORY_QUARTER_MS == 0)
		return HISTORY_QUARTER_MS;
	if (step_ms % HISTORY_MINUTE_MS == 0)
		return HISTORY_MINUTE_MS;
	return HISTORY_QUARTER_MS % step_ms == 0 ? step_ms : 1000;
}

/* ---- looks at the file: what is read in one is of one moment ---- */

static int
look(struct ask *a)
{
	if (a->looking)
		return 0;
	a->looking = true;
	return history_file_begin_look(&a->file);
}

static int
look_away(struct ask *a)
{
	if (!a->looking)
		return 0;
	a->looking = false;
	return history_file_commit(&a->file);
}

/* ---- rows ---- */

static void
give_row(struct ask *a)
{
	struct slot row = a->row;

	if (a->row_ms == 0 || slot_empty(&a->row))
		return;
	row.increase += slot_join(&a->before, &row);
	if (a->row.counted.type != VALUE_NONE)
		a->before = a->row;
	slot_clear(&a->row);
	if (a->row_ms < a->answer->from_ms || a->stopped)
		return;
	a->stopped = !a->see(a->context, a->row_ms, a->next_ms, &row);
}

static void
add_slot(struct ask *a, int64_t start_ms, const struct slot *slot)
{
	if (start_ms >= a->answer->to_ms || slot_empty(slot))
		return;
	if (a->row_ms == 0 || start_ms >= a->next_ms) {
		give_row(a);
		slot_clear(&a->row);
		a->row_ms = start_ms == a->next_ms
		    ? start_ms
		    : calendar_floor(start_ms, a->answer->step_ms);
		a->next_ms = calendar_next(a->row_ms, a->answer->step_ms);
	}
	slot_merge(&a->row, slot);
}

/* ---- slots that are kept ---- */

/* Several names in a span are of times that follow each other. */
static void
merge_names(struct ask *a, int64_t start_ms, int64_t step_ms)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		slot_clear(&a->merged[i]);
	for (int i = 0; i < a->name_count; i++) {
		int rc = slots_next(&a->slots, a->names[i].id, &a->point);

		for (uint32_t k = 0; rc == 1 && k < a->point.count; k++)
			slot_merge(&a->merged[a->point.of[k].index],
			    &a->point.of[k].slot);
	}
	for (int64_t i = 0; i < SLOTS_MAX; i++)
		add_slot(a, start_ms + i * step_ms, &a->merged[i]);
}

static void
add_name(struct ask *a, int64_t start_ms, int64_t step_ms)
{
	int rc = slots_next(&a->slots, a->names[0].id, &a->point);

	for (uint32_t k = 0; rc == 1 && k < a->point.count; k++)
		add_slot(a, start_ms + a->point.of[k].index * step_ms,
		    &a->point.of[k].slot);
}

static int
add_kept(struct ask *a, enum history_tier tier, int64_t span)
{
	int64_t start_ms = span * history_span_ms(tier);
	int64_t step_ms = history_step_ms(tier);
	const void *block;
	size_t length;
	int rc = history_file_slots(
	    &a->file, tier, span, a->device, &block, &length);

	if (rc != 1 || !slots_open(&a->slots, step_ms, block, length))
		return rc == -1 ? -1 : 0;
	if (a->name_count == 1)
		add_name(a, start_ms, step_ms);
	else
		merge_names(a, start_ms, step_ms);
	return 0;
}

/* ---- slots made of readings ---- */

static void
see_slot(void *context, int64_t start_ms, const struct slot *slot)
{
	add_slot(context, start_ms, slot);
}

/* What is in memory and not in the file yet. */
static int
take_tail(struct ask *a)
{
	struct history_tail tail;
	uint64_t seq;

	past_clear(a->past);
	if (a->of == NULL)
		return look(a);
	history_tail(a->of, a->q->device, a->q->point, a->past, &tail);
	if (tail.known_ms != 0)
		a->known_ms = tail.known_ms;
	if (look(a) == -1 ||
	    history_file_position(&a->file, history_log(a->of), &seq) == -1)
		return -1;
	if (tail.first_seq == 0 || seq >= tail.first_seq)
		past_clear(a->past);
	return 0;
}

/* What a counter stood at before it: from the rows before, that need not be
 * computed yet, else from what is. */
static int
set_reference(struct ask *a, const struct history_name *name, struct filler *f)
{
	if (!name->counter)
		return 0;
	f->believed = a->row_ms != 0 && a->row.counted.type != VALUE_NONE
	    ? a->row.counted
	    : a->before.counted;
	if (f->believed.type != VALUE_NONE)
		return 0;
	return reference_set(&a->reference, &a->file, name, a->past, f);
}

/* [from, to), which lies in one span of minutes. */
static int
add_readings(struct ask *a, int64_t from_ms, int64_t to_ms)
{
	const struct history_name *newest = &a->names[a->name_count - 1];
	struct filler f = {.step_ms = a->base_ms < HISTORY_MINUTE_MS
		? a->base_ms
		: HISTORY_MINUTE_MS,
	    .from_ms = from_ms,
	    .to_ms = to_ms,
	    .hold_ms = newest->hold_ms,
	    .counter = newest->counter,
	    .see = see_slot,
	    .context = a};

	if (look_away(a) == -1 || take_tail(a) == -1)
		return -1;
	if (past_load(a->past, &a->file, a->device,
		from_ms - newest->hold_ms - HISTORY_MINUTE_MS, to_ms) == -1)
		return -1;
	for (int i = 0; i < a->name_count; i++)
		past_take(a->past, a->names[i].id);
	if (set_reference(a, newest, &f) == -1 || look_away(a) == -1)
		return -1;
	past_fill(a->past, &f, to_ms < a->known_ms ? to_ms : a->known_ms);
	return 0;
}

/* ---- spans ---- */

/* Whether a span is whole in the file: nothing of it is in memory. */
static int
whole(struct ask *a, enum history_tier tier, int64_t span)
{
	int64_t end_ms = (span + 1) * history_span_ms(tier);

	if (end_ms > a->known_ms || end_ms > a->memory_ms)
		return 0;
	if (look(a) == -1)
		return -1;
	return history_file_fresh(&a->file, tier, span);
}

static int
add_two_hours(struct ask *a, int64_t span)
{
	int64_t from_ms = span * HISTORY_MINUTES_SPAN_MS;
	int rc = a->base_ms < HISTORY_MINUTE_MS
	    ? 0
	    : whole(a, HISTORY_MINUTES, span);

	if (rc == -1)
		return -1;
	if (rc == 1)
		return add_kept(a, HISTORY_MINUTES, span);
	return add_readings(a, from_ms, from_ms + HISTORY_MINUTES_SPAN_MS);
}

/* Of a day what lies in [from, to). */
static int
add_day(struct ask *a, int64_t day, int64_t from_ms, int64_t to_ms)
{
	int rc = a->base_ms < HISTORY_QUARTER_MS
	    ? 0
	    : whole(a, HISTORY_QUARTERS, day);
	int64_t first = day * HISTORY_SPANS_A_DAY;
	int64_t last = first + HISTORY_SPANS_A_DAY - 1;

	if (rc == -1)
		return -1;
	if (rc == 1)
		return add_kept(a, HISTORY_QUARTERS, day);
	if (first < history_span_of(HISTORY_MINUTES, from_ms))
		first = history_span_of(HISTORY_MINUTES, from_ms);
	if (last > history_span_of(HISTORY_MINUTES, to_ms - 1))
		last = history_span_of(HISTORY_MINUTES, to_ms - 1);
	for (int64_t span = first; span <= last && !a->stopped; span++)
		if (add_two_hours(a, span) == -1)
			return -1;
	return 0;
}

/* ---- an answer ---- */

/* Where what the base is made of begins, and where anything does; 0: nothing
 * is there. */
static int
read_begins(struct ask *a, int64_t raw_ms, int64_t *kept_ms, int64_t *oldest_ms)
{
	*kept_ms = *oldest_ms = raw_ms;
	for (enum history_tier t = 0; t < HISTORY_TIERS; t++) {
		int64_t span, start_ms;

		if (history_file_first(&a->file, t, &span) == -1)
			return -1;
		start_ms = span * history_span_ms(t);
		if (span == 0 || start_ms >= *oldest_ms)
			continue;
		*oldest_ms = start_ms;
		if (history_step_ms(t) <= a->base_ms)
			*kept_ms = start_ms;
	}
	return 0;
}

/* Up to when, and from when so finely. */
static int
read_limits(struct ask *a)
{
	struct history_answer *w = a->answer;
	struct history_tail tail = {.known_ms = 0};
	int64_t raw_ms, to_ms, kept_ms, oldest_ms;

	if (a->of != NULL) {
		past_clear(a->past);
		history_tail(a->of, a->q->device, a->q->point, a->past, &tail);
	}
	if (history_file_ends(&a->file, &raw_ms, &to_ms) == -1)
		return -1;
	if (raw_ms == 0 && tail.first_seq != 0)
		raw_ms = tail.from_ms;
	if (read_begins(a, raw_ms, &kept_ms, &oldest_ms) == -1)
		return -1;
	a->known_ms = tail.known_ms != 0 ? tail.known_ms : to_ms;
	a->memory_ms = tail.first_seq != 0 ? tail.from_ms : INT64_MAX;
	if (w->from_ms < kept_ms && oldest_ms < kept_ms)
		w->kept_ms = kept_ms;
	if (w->from_ms < kept_ms)
		w->from_ms = calendar_floor(kept_ms, w->step_ms);
	if (w->to_ms > a->known_ms + 1)
		w->to_ms = a->known_ms + 1;
	return 0;
}

/* From the reading on that held in the row before the first: there a counter's
 * increase begins. */
static int64_t
begin_ms(const struct ask *a)
{
	int64_t from_ms =
	    calendar_floor(a->answer->from_ms - 1, a->answer->step_ms);
	int64_t hold_ms = 0;

	for (int i = 0; i < a->name_count; i++)
		if (a->names[i].hold_ms > hold_ms)
			hold_ms = a->names[i].hold_ms;
	return calendar_floor(from_ms - hold_ms, a->answer->step_ms);
}

static int
go_through(struct ask *a)
{
	struct history_answer *w = a->answer;
	int64_t from_ms = begin_ms(a);
	int64_t day = history_span_of(HISTORY_QUARTERS, from_ms);

	for (; day * HISTORY_QUARTERS_SPAN_MS < w->to_ms && !a->stopped; day++)
		if (add_day(a, day, from_ms, w->to_ms) == -1 ||
		    (day % LOOK_DAYS == 0 && look_away(a) == -1))
			return -1;
	give_row(a);
	return 0;
}

static int
find(struct ask *a, struct err *err)
{
	if (history_file_find(&a->file, a->q->device, &a->device) == -1)
		return -1;
	if (a->device != 0)
		a->name_count = history_file_names(
		    &a->file, a->device, a->q->point, a->names, NAMES_MAX);
	if (a->name_count == -1)
		return -1;
	a->answer->unknown = a->name_count == 0;
	if (a->answer->unknown)
		return err_set(err, "the history knows no %s/%s", a->q->device,
		    a->q->point);
	a->answer->counter = a->names[a->name_count - 1].counter;
	return 0;
}

static int
answer(struct ask *a, struct err *err)
{
	if (find(a, err) == -1 || read_limits(a) == -1)
		return -1;
	return go_through(a);
}

static int
prepare(struct ask *a, struct err *err)
{
	struct history_answer *w = a->answer;
	const struct history_query *q = a->q;

	*w = (struct history_answer){.step_ms = history_query_step(q)};
	if (w->step_ms == 0)
		return err_set(err,
		    "there is no such step: it divides an hour in whole "
		    "seconds, or is whole hours that divide a day, or whole "
		    "days");
	if (q->to_ms <= q->from_ms)
		return err_set(err, "the time asked for ends before it begins");
	w->from_ms = calendar_floor(q->from_ms, w->step_ms);
	w->to_ms = calendar_floor(q->to_ms - 1, w->step_ms);
	w->to_ms = calendar_next(w->to_ms, w->step_ms);
	a->base_ms = base_step(w->step_ms);
	return 0;
}

int
history_query(const char *dir, struct history *of,
    const struct history_query *q, history_row *see, void *context,
    struct history_answer *given, struct err *err)
{
	struct ask *a = must_alloc(1, sizeof(*a));
	int rc = -1;

	a->of = of;
	a->q = q;
	a->see = see;
	a->context = context;
	a->answer = given;
	a->past = past_new();
	err->text[0] = '\0';
	if (prepare(a, err) == -1)
		goto done;
	rc = history_file_look(&a->file, dir);
	if (rc == 0)
		rc = answer(a, err);
	given->unknown |= rc == 1;
	if (rc == 1)
		rc = 0; /* nothing is there yet */
	if (rc == -1 && err->text[0] == '\0')
		err_set(err, "the history cannot be read: %s", a->file.why);
done:
	a->file.damaged = false; /* the writer sets it aside */
	history_file_close(&a->file);
	slots_free(&a->slots);
	reference_free(&a->reference);
	past_free(a->past);
	free(a);
	return rc;
}
