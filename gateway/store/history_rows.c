/*
 * history_rows.c - the history's file: what is due, readings, slots
 */
#include <stdio.h>
#include <string.h>

#include "gateway/measure/slot.h"
#include "gateway/store/history_sql.h"
#include "gateway/store/sheaf.h"

int64_t
history_step_ms(enum history_tier tier)
{
	return tier == HISTORY_MINUTES ? HISTORY_MINUTE_MS : HISTORY_QUARTER_MS;
}

int64_t
history_span_ms(enum history_tier tier)
{
	return tier == HISTORY_MINUTES ? HISTORY_MINUTES_SPAN_MS
				       : HISTORY_QUARTERS_SPAN_MS;
}

int64_t
history_span_of(enum history_tier tier, int64_t at_ms)
{
	int64_t span_ms = history_span_ms(tier);

	return slot_floor(at_ms, span_ms) / span_ms;
}

/* ---- what is due ---- */

static int
run_due(struct history_file *f, enum history_sql which, enum history_tier tier,
    int64_t span)
{
	sqlite3_stmt *q = history_sql(f, which);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, tier);
	sqlite3_bind_int64(q, 2, span);
	return history_sql_run(f, q);
}

int
history_file_mark(struct history_file *f, enum history_tier tier,
    int64_t from_ms, int64_t to_ms)
{
	int64_t last = history_span_of(tier, to_ms);

	for (int64_t span = history_span_of(tier, from_ms); span <= last;
	     span++)
		if (run_due(f, SQL_MARK, tier, span) == -1)
			return -1;
	return 0;
}

/* The longest that any value holds.  Names are only ever added, here or by an
 * import, and stay as they are: so only new ones are looked at. */
static int
find_longest(struct history_file *f, int64_t *hold_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_LONGEST);
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, f->longest_upto);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW && sqlite3_column_type(q, 1) != SQLITE_NULL) {
		if (sqlite3_column_int64(q, 0) > f->longest_ms)
			f->longest_ms = sqlite3_column_int64(q, 0);
		f->longest_upto = sqlite3_column_int64(q, 1);
	}
	*hold_ms = f->longest_ms;
	return history_sql_end(f, q, rc);
}

/* What readings of that time say something of. */
static int
mark_readings(struct history_file *f, int64_t from_ms, int64_t to_ms)
{
	int64_t hold_ms;

	if (find_longest(f, &hold_ms) == -1)
		return -1;
	return history_file_mark(f, HISTORY_MINUTES, from_ms, to_ms + hold_ms);
}

int
history_file_due(struct history_file *f, enum history_tier tier,
    int64_t known_ms, int64_t *span)
{
	sqlite3_stmt *q = history_sql(f, SQL_DUE);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, tier);
	sqlite3_bind_int64(q, 2, history_span_of(tier, known_ms));
	return history_sql_ask(f, q, span);
}

int
history_file_fresh(struct history_file *f, enum history_tier tier, int64_t span)
{
	sqlite3_stmt *q = history_sql(f,
	    tier == HISTORY_MINUTES ? SQL_STALE_MINUTES : SQL_STALE_QUARTERS);
	int64_t one;
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, span);
	rc = history_sql_ask(f, q, &one);
	return rc == -1 ? -1 : rc == 0;
}

int
history_file_first(
    struct history_file *f, enum history_tier tier, int64_t *span)
{
	sqlite3_stmt *q = history_sql(f,
	    tier == HISTORY_MINUTES ? SQL_FIRST_MINUTES : SQL_FIRST_QUARTERS);

	*span = 0;
	if (q == NULL || history_sql_ask(f, q, span) == -1)
		return -1;
	return 0;
}

int
history_file_done(struct history_file *f, enum history_tier tier, int64_t span)
{
	return run_due(f, SQL_DONE, tier, span);
}

/* ---- readings ---- */

static int
add_row(struct history_file *f, struct history_stretch *s)
{
	sqlite3_stmt *q = history_sql(f, SQL_ADD_STRETCH);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, s->from_ms);
	sqlite3_bind_int64(q, 2, s->to_ms);
	sqlite3_bind_int64(q, 3, s->shift_ms);
	sqlite3_bind_blob(q, 4, s->boot, sizeof(s->boot), SQLITE_STATIC);
	sqlite3_bind_int64(q, 5, s->settled);
	sqlite3_bind_int64(q, 6, s->broken);
	sqlite3_bind_text(q, 7, s->log, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 8, (sqlite3_int64)s->seq);
	if (history_sql_run(f, q) == -1)
		return -1;
	s->id = sqlite3_last_insert_rowid(f->db);
	return 0;
}

struct adding {
	struct history_file *f;
	int64_t stretch;
};

static int
put_track(void *context, uint16_t device, const struct buf *track)
{
	const struct adding *a = context;
	sqlite3_stmt *q = history_sql(a->f, SQL_PUT_RAW);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, a->stretch << 16 | device);
	sqlite3_bind_blob64(q, 2, track->data, track->len, SQLITE_STATIC);
	return history_sql_run(a->f, q);
}

int
history_file_add(
    struct history_file *f, struct history_stretch *s, struct sheaf *sheaf)
{
	struct adding a = {.f = f};

	sheaf_ends(sheaf, &s->from_ms, &s->to_ms);
	s->from_ms += s->shift_ms;
	s->to_ms += s->shift_ms;
	if (history_file_begin(f) == -1 || add_row(f, s) == -1)
		return -1;
	a.stretch = s->id;
	if (sheaf_lay(sheaf, put_track, &a) == -1 ||
	    mark_readings(f, s->from_ms, s->to_ms) == -1)
		return -1;
	return history_file_commit(f);
}

static void
read_stretch(sqlite3_stmt *q, struct history_stretch *s)
{
	const void *boot = sqlite3_column_blob(q, 4);

	*s = (struct history_stretch){.id = sqlite3_column_int64(q, 0),
	    .from_ms = sqlite3_column_int64(q, 1),
	    .to_ms = sqlite3_column_int64(q, 2),
	    .shift_ms = sqlite3_column_int64(q, 3)};
	if (boot != NULL && sqlite3_column_bytes(q, 4) == (int)sizeof(s->boot))
		memcpy(s->boot, boot, sizeof(s->boot));
}

int
history_file_raw(struct history_file *f, uint16_t device, int64_t from_ms,
    int64_t to_ms, history_see_raw *see, void *context)
{
	sqlite3_stmt *q = history_sql(f, SQL_RAW);
	struct history_stretch s = {.log = ""};
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, device);
	sqlite3_bind_int64(q, 2, from_ms);
	sqlite3_bind_int64(q, 3, to_ms);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		s.shift_ms = sqlite3_column_int64(q, 0);
		s.broken = sqlite3_column_int(q, 1) != 0;
		s.ended_ms = sqlite3_column_int64(q, 2);
		if (see(context, &s, sqlite3_column_blob(q, 3),
			(size_t)sqlite3_column_bytes(q, 3)) != 0)
			break;
	}
	return history_sql_end(f, q, rc);
}

int
history_file_ends(struct history_file *f, int64_t *from_ms, int64_t *to_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_ENDS);
	int rc;

	*from_ms = *to_ms = 0;
	if (q == NULL)
		return -1;
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		*from_ms = sqlite3_column_int64(q, 0);
		*to_ms = sqlite3_column_int64(q, 1);
	}
	return history_sql_end(f, q, rc);
}

int
history_file_known(struct history_file *f, int64_t *to_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_KNOWN);

	*to_ms = 0;
	return q == NULL || history_sql_ask(f, q, to_ms) == -1 ? -1 : 0;
}

int
history_file_own_end(struct history_file *f, int64_t *to_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_OWN_END);

	*to_ms = INT64_MAX;
	return q == NULL || history_sql_ask(f, q, to_ms) == -1 ? -1 : 0;
}

int
history_file_reaches(
    struct history_file *f, enum history_tier tier, int64_t at_ms)
{
	sqlite3_stmt *q = history_sql(f, SQL_FORGOTTEN);
	int64_t until_ms = INT64_MIN;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, tier);
	if (history_sql_ask(f, q, &until_ms) == -1)
		return -1;
	return until_ms <= at_ms;
}

/* ---- times that became known ---- */

static const struct timeline_boot *
known_boot(const struct timeline *t, const uint8_t id[SAMPLE_BOOT_BYTES])
{
	for (size_t i = 0; i < t->count; i++)
		if (memcmp(t->of[i].id, id, SAMPLE_BOOT_BYTES) == 0)
			return t->of[i].set ? &t->of[i] : NULL;
	return NULL;
}

/* Where it was and where it is now. */
static int
mark_both(
    struct history_file *f, const struct history_stretch *s, int64_t by_ms)
{
	if (mark_readings(f, s->from_ms, s->to_ms) == -1)
		return -1;
	return mark_readings(f, s->from_ms + by_ms, s->to_ms + by_ms);
}

static int
settle(struct history_file *f, const struct history_stretch *s,
    const struct timeline_boot *boot)
{
	sqlite3_stmt *q = history_sql(f, SQL_SETTLE);
	int64_t by_ms = boot->offset_ms - s->shift_ms;

	if (q == NULL || mark_both(f, s, by_ms) == -1)
		return -1;
	sqlite3_bind_int64(q, 1, s->id);
	sqlite3_bind_int64(q, 2, by_ms);
	return history_sql_run(f, q);
}

int
history_file_settle(struct history_file *f, const struct timeline *times)
{
	struct history_stretch s = {.id = 0};

	for (;;) {
		sqlite3_stmt *q = history_sql(f, SQL_UNSETTLED);
		const struct timeline_boot *boot;
		int rc;

		if (q == NULL)
			return -1;
		sqlite3_bind_int64(q, 1, s.id);
		rc = sqlite3_step(q);
		if (rc == SQLITE_ROW)
			read_stretch(q, &s);
		if (history_sql_end(f, q, rc) == -1)
			return -1;
		if (rc != SQLITE_ROW)
			return 0;
		boot = known_boot(times, s.boot);
		if (boot != NULL && settle(f, &s, boot) == -1)
			return -1;
	}
}

/* ---- slots ---- */

int
history_file_put_slots(struct history_file *f, enum history_tier tier,
    int64_t span, uint16_t device, const struct buf *block)
{
	bool minutes = tier == HISTORY_MINUTES, empty = block->len == 0;
	sqlite3_stmt *q = history_sql(f,
	    empty ? (minutes ? SQL_DROP_MINUTES : SQL_DROP_QUARTERS)
		  : (minutes ? SQL_PUT_MINUTES : SQL_PUT_QUARTERS));

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, span * 65536 + device);
	if (!empty)
		sqlite3_bind_blob64(
		    q, 2, block->data, block->len, SQLITE_STATIC);
	return history_sql_run(f, q);
}

/* The block stays while the statement is not reset: that is done by the next
 * call. */
int
history_file_slots(struct history_file *f, enum history_tier tier, int64_t span,
    uint16_t device, const void **block, size_t *length)
{
	sqlite3_stmt *q = history_sql(
	    f, tier == HISTORY_MINUTES ? SQL_MINUTES : SQL_QUARTERS);
	int rc;

	if (q == NULL)
		return -1;
	sqlite3_reset(q);
	sqlite3_bind_int64(q, 1, span * 65536 + device);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return history_sql_end(f, q, rc);
	*block = sqlite3_column_blob(q, 0);
	*length = (size_t)sqlite3_column_bytes(q, 0);
	return 1;
}
