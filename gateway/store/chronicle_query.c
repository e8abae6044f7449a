/*
 * chronicle_query.c - the chronicle's journal, and what stands
 *
 * All that comes from outside is bound, never part of a statement.  Order is
 * the log's, not time's: a clock that was wrong does not shuffle what happened.
 */
#include <assert.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/store/chronicle.h"
#include "gateway/store/question.h"

static const char *
text(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

/* ---- the journal ---- */

static void
put_event(struct json *j, sqlite3_stmt *s)
{
	json_open(j);
	json_key_string(j, "log", text(s, 1));
	json_key_i64(j, "seq", sqlite3_column_int64(s, 2));
	json_key_i64(j, "ts", sqlite3_column_int64(s, 3));
	buf_puts(j->out, ",");
	buf_puts(j->out, text(s, 5));
	json_key_given(j, "clock", text(s, 4));
	json_end(j);
}

/* Rows of the log, in its order: more than after, less than before. */
struct reach {
	int64_t after, before;
};

/* Where the time that is asked for lies in the log; nowhere if nothing was
 * then.  It may have other times in it, where a clock was wrong. */
static int
find_time(
    struct question *q, const struct chronicle_query *want, struct reach *in)
{
	sqlite3_stmt *s = question_ask(
	    q, "SELECT min(id), max(id) FROM event WHERE ts >= ?1 AND ts < ?2");
	int rc;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, want->from_ms);
	sqlite3_bind_int64(s, 2, want->to_ms == 0 ? INT64_MAX : want->to_ms);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW && sqlite3_column_type(s, 0) == SQLITE_NULL)
		in->before = 0;
	else if (rc == SQLITE_ROW) {
		int64_t end = sqlite3_column_int64(s, 1) + 1;

		in->after = sqlite3_column_int64(s, 0) - 1;
		in->before = in->before < end ? in->before : end;
	}
	return question_asked(q, s, rc);
}

static int
find_reach(
    struct question *q, const struct chronicle_query *want, struct reach *in)
{
	bool all = want->before == 0 || want->before > INT64_MAX;

	*in = (struct reach){.before = all ? INT64_MAX : (int64_t)want->before};
	if (want->from_ms == 0 && want->to_ms == 0)
		return 0;
	return find_time(q, want, in);
}

/* The plus keeps SQLite from an index that leaves it more to read, or sort. */
static sqlite3_stmt *
ask_journal(struct question *q, const struct chronicle_query *want)
{
	bool by_name = want->device != NULL || want->alarm != NULL;
	struct buf sql = {0};
	sqlite3_stmt *s;

	buf_puts(&sql,
	    "SELECT id, log, seq, ts, clock, members FROM event"
	    " WHERE +ts >= ?1 AND +ts < ?2 AND id > ?3 AND id < ?4");
	if (want->device != NULL)
		buf_puts(&sql, " AND device = ?5");
	if (want->alarm != NULL)
		buf_puts(&sql, " AND alarm = ?6");
	if (want->type != NULL)
		buf_puts(&sql, by_name ? " AND +type = ?7" : " AND type = ?7");
	if (want->without != NULL)
		buf_puts(&sql, " AND +type <> ?9");
	buf_puts(&sql, " ORDER BY id DESC LIMIT ?8");
	s = question_ask(q, sql.data);
	buf_free(&sql);
	return s;
}

static void
bind_journal(sqlite3_stmt *s, const struct chronicle_query *want,
    const struct reach *in, unsigned limit)
{
	sqlite3_bind_int64(s, 1, want->from_ms);
	sqlite3_bind_int64(s, 2, want->to_ms == 0 ? INT64_MAX : want->to_ms);
	sqlite3_bind_int64(s, 3, in->after);
	sqlite3_bind_int64(s, 4, in->before);
	sqlite3_bind_text(s, 5, want->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, want->alarm, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 7, want->type, -1, SQLITE_STATIC);
	/* One more tells whether there are more. */
	sqlite3_bind_int64(s, 8, (int64_t)limit + 1);
	sqlite3_bind_text(s, 9, want->without, -1, SQLITE_STATIC);
}

/* *next: the last one's number if there are more, else 0. */
static int
put_events(struct question *q, struct json *j,
    const struct chronicle_query *want, int64_t *next)
{
	unsigned limit = want->limit, count = 0;
	struct reach in;
	sqlite3_stmt *s;
	int64_t last = 0;
	int rc;

	*next = 0;
	if (q->db == NULL)
		return 0;
	if (limit > CHRONICLE_ROWS_MAX)
		limit = CHRONICLE_ROWS_MAX;
	if (find_reach(q, want, &in) == -1)
		return -1;
	s = ask_journal(q, want);
	if (s == NULL)
		return -1;
	bind_journal(s, want, &in, limit);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && count++ < limit) {
		put_event(j, s);
		last = sqlite3_column_int64(s, 0);
	}
	if (rc == SQLITE_ROW)
		*next = last;
	return question_asked(q, s, rc);
}

int
chronicle_journal(const char *dir, const struct chronicle_query *want,
    struct buf *out, struct err *err)
{
	struct json j = {.out = out};
	struct question q;
	int64_t next;
	int rc;

	assert(want->limit > 0);
	if (question_begin(&q, dir, out, err) == -1)
		return question_end(&q, -1);
	json_open(&j);
	json_key(&j, "events");
	json_list(&j);
	rc = put_events(&q, &j, want, &next);
	json_end(&j);
	json_key(&j, "next");
	if (next == 0)
		json_none(&j);
	else
		json_i64(&j, next);
	json_end(&j);
	return question_end(&q, rc);
}

/* ---- what stands ---- */

static const char standing[] =
    "SELECT device, alarm, log, seq, json_remove(j, '$.type', '$.device',"
    " '$.alarm', '$.change', '$.conf', '$.by', '$.note') FROM"
    " (SELECT *, '{' || members || '}' AS j FROM standing)"
    " ORDER BY j->>'$.shelved_until' IS NOT NULL OR"
    " j->>'$.suppressed_by' IS NOT NULL OR"
    " j->>'$.out_of_service' IS NOT NULL,"
    " j->>'$.state' IS NOT 'UNACK', j->>'$.severity', j->>'$.since'";

static void
put_alarm(struct json *j, sqlite3_stmt *s)
{
	const char *members = text(s, 4);
	size_t len = strlen(members);

	json_open(j);
	json_key_string(j, "device", text(s, 0));
	json_key_string(j, "alarm", text(s, 1));
	/* Without the braces. */
	if (len > 2) {
		buf_puts(j->out, ",");
		buf_add(j->out, members + 1, len - 2);
	}
	json_key_string(j, "log", text(s, 2));
	json_key_i64(j, "seq", sqlite3_column_int64(s, 3));
	json_end(j);
}

static int
put_alarms(struct question *q, struct json *j)
{
	sqlite3_stmt *s;
	int rc;

	if (q->db == NULL)
		return 0;
	s = question_ask(q, standing);
	if (s == NULL)
		return -1;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		put_alarm(j, s);
	return question_asked(q, s, rc);
}

int
chronicle_standing(const char *dir, struct buf *out, struct err *err)
{
	struct json j = {.out = out};
	struct question q;
	int rc;

	if (question_begin(&q, dir, out, err) == -1)
		return question_end(&q, -1);
	json_open(&j);
	json_key(&j, "alarms");
	json_list(&j);
	rc = put_alarms(&q, &j);
	json_end(&j);
	json_end(&j);
	return question_end(&q, rc);
}
