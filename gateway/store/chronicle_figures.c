/*
 * chronicle_figures.c - how the alarms did, by the chronicle
 *
 * One statement a figure, all over the same state of the file.  What makes an
 * event count is known since it was written (annals_file.h), so only the
 * acknowledgements' members have to be looked into.
 *
 * Not done: figures kept as the events come.  A month of the largest estate is
 * some ten thousand events, and they are asked for by a person.
 */
#include "gateway/base/json.h"
#include "gateway/store/chronicle.h"
#include "gateway/store/question.h"

/* ?1 and ?2 are from and to in each of them.  The plus: by the time, for nearly
 * all that ever was is of that type. */
#define OF_ALARMS                                                              \
	" FROM event WHERE +type = 'alarm' AND counts AND ts >= ?1 AND ts < ?2"
#define RAISED OF_ALARMS " AND change IN ('raise', 'chatter')"

static const char oldest[] = "SELECT min(ts) FROM event";

static const char raised[] =
    "SELECT count(*), count(*) FILTER (WHERE severity = 'P1'),"
    " count(*) FILTER (WHERE severity = 'P2'),"
    " count(*) FILTER (WHERE severity = 'P3'),"
    " count(*) FILTER (WHERE severity = 'P4')" RAISED;

/* The hour that begins with each. */
static const char busiest_hour[] =
    "SELECT coalesce(max(n), 0) FROM (SELECT count(*) OVER (ORDER BY ts"
    " RANGE BETWEEN CURRENT ROW AND 3599999 FOLLOWING) AS n" RAISED ")";

/* A raise is in the ten minutes that its own and the nine behind it end. */
static const char flood_minutes[] =
    "WITH RECURSIVE nine(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM nine"
    " WHERE k < 9), raise(minute) AS MATERIALIZED"
    " (SELECT ts / 60000" RAISED "), minute(m, n) AS"
    " (SELECT minute, 1 FROM raise UNION ALL SELECT DISTINCT minute + k, 0"
    "  FROM raise, nine), total(m, n) AS (SELECT m, sum(n) FROM minute"
    "  GROUP BY m), last_ten(m, n) AS (SELECT m, sum(n) OVER (ORDER BY m"
    "  RANGE BETWEEN 9 PRECEDING AND CURRENT ROW) FROM total)"
    " SELECT count(*) FROM last_ten WHERE n > 10 AND m * 60000 < ?2";

/* Both times of an acknowledgement are by one clock, whatever it said. */
static const char acknowledged[] =
    "WITH taken(ms) AS (SELECT j->>'$.ack.ts' - j->>'$.since' FROM"
    " (SELECT '{' || members || '}' AS j" OF_ALARMS " AND change = 'ack')),"
    " ranked(ms, k, n) AS (SELECT ms, row_number() OVER (ORDER BY ms),"
    "  count(*) OVER () FROM taken WHERE ms >= 0)"
    " SELECT max(ms) FILTER (WHERE k = (n + 1) / 2),"
    " max(ms) FILTER (WHERE k = (n * 95 + 99) / 100) FROM ranked";

/* The last id of those three minutes ends the search; the plus: by their times,
 * not from the last row of all. */
static const char soon_acknowledged[] =
    "SELECT sum(soon), count(*) FROM (SELECT ts, EXISTS (SELECT 1 FROM"
    " event AS a WHERE a.device = e.device AND a.alarm = e.alarm AND +a.ts"
    " BETWEEN e.ts AND e.ts + 180000 AND a.change = 'ack' AND a.id > e.id"
    " AND a.id <= (SELECT max(+id) FROM event WHERE ts BETWEEN e.ts AND"
    " e.ts + 180000))"
    " AS soon FROM event AS e WHERE +type = 'alarm' AND counts AND ts >= ?1"
    " AND ts < ?2 AND change IN ('raise', 'chatter') AND severity = 'P1')"
    " WHERE soon OR ts + 180000 <= ?2";

static const char chattering[] =
    "SELECT device || '/' || alarm, count(*)" OF_ALARMS
    " AND change = 'chatter' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100";

static const char top[] = "SELECT device || '/' || alarm, count(*)" RAISED
			  " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10";

/* since is by the clock of the writing: what that was off, ts knows. */
static const char stale[] =
    "SELECT device || '/' || alarm, j->>'$.since' + ts - wall AS since FROM"
    " (SELECT *, '{' || members || '}' AS j FROM standing)"
    " WHERE j->>'$.active' AND since < ?2 - 86400000"
    " AND j->>'$.shelved_until' IS NULL AND j->>'$.suppressed_by' IS NULL"
    " AND j->>'$.out_of_service' IS NULL AND j->>'$.test' IS NOT 1"
    " ORDER BY 2, 1 LIMIT 100";

#define HOUR_MS INT64_C(3600000)

struct span {
	int64_t from_ms, to_ms;
	int64_t since_ms; /* what was before is not known */
};

/* ---- asking ---- */

static sqlite3_stmt *
ask(struct question *q, const struct span *of, const char *sql)
{
	sqlite3_stmt *s = question_ask(q, sql);

	if (s == NULL)
		return NULL;
	sqlite3_bind_int64(s, 1, of->from_ms);
	sqlite3_bind_int64(s, 2, of->to_ms);
	return s;
}

/* The first row's columns; those that are NULL are -1, all 0 where there is
 * nothing. */
static int
ask_numbers(struct question *q, const struct span *of, const char *sql,
    int count, int64_t *numbers)
{
	sqlite3_stmt *s;
	int rc;

	for (int i = 0; i < count; i++)
		numbers[i] = q->db == NULL ? 0 : -1;
	if (q->db == NULL)
		return 0;
	s = ask(q, of, sql);
	if (s == NULL)
		return -1;
	rc = sqlite3_step(s);
	for (int i = 0; rc == SQLITE_ROW && i < count; i++)
		if (sqlite3_column_type(s, i) != SQLITE_NULL)
			numbers[i] = sqlite3_column_int64(s, i);
	return question_asked(q, s, rc);
}

/* A list of alarms, each with a number. */
static int
put_list(struct question *q, const struct span *of, struct json *j,
    const char *sql, const char *key, const char *number)
{
	sqlite3_stmt *s = NULL;
	int rc = SQLITE_DONE;

	if (q->db != NULL && (s = ask(q, of, sql)) == NULL)
		return -1;
	json_key(j, key);
	json_list(j);
	while (s != NULL && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		json_open(j);
		json_key_string(
		    j, "alarm", (const char *)sqlite3_column_text(s, 0));
		json_key_i64(j, number, sqlite3_column_int64(s, 1));
		json_end(j);
	}
	json_end(j);
	return question_asked(q, s, rc);
}

/* ---- the figures ---- */

static int
find_since(struct question *q, struct span *of)
{
	int64_t first_ms;

	if (ask_numbers(q, of, oldest, 1, &first_ms) == -1)
		return -1;
	of->since_ms = of->from_ms;
	if (first_ms > of->from_ms)
		of->since_ms = first_ms < of->to_ms ? first_ms : of->to_ms;
	return 0;
}

/* Of what is known, but not less than one: what a few minutes brought is no
 * hour's mean. */
static double
hours(const struct span *of)
{
	int64_t asked_ms = of->to_ms - of->from_ms;
	int64_t known_ms = of->to_ms - of->since_ms;

	if (known_ms < HOUR_MS)
		known_ms = asked_ms < HOUR_MS ? asked_ms : HOUR_MS;
	return (double)known_ms / (double)HOUR_MS;
}

static int
put_raised(struct question *q, const struct span *of, struct json *j)
{
	static const char *const severities[] = {"P1", "P2", "P3", "P4"};
	int64_t counts[5], most, flood;

	if (ask_numbers(q, of, raised, 5, counts) == -1 ||
	    ask_numbers(q, of, busiest_hour, 1, &most) == -1 ||
	    ask_numbers(q, of, flood_minutes, 1, &flood) == -1)
		return -1;
	json_key_i64(j, "raised", counts[0]);
	json_key(j, "by_severity");
	json_open(j);
	for (int i = 0; i < 4; i++)
		json_key_i64(j, severities[i], counts[i + 1]);
	json_end(j);
	json_key(j, "per_hour");
	json_open(j);
	json_key(j, "mean");
	json_f64(j, (double)counts[0] / hours(of));
	json_key_i64(j, "max", most);
	json_end(j);
	json_key_i64(j, "flood_minutes", flood);
	return 0;
}

static void
put_seconds(struct json *j, const char *key, int64_t ms)
{
	json_key(j, key);
	if (ms == -1)
		json_none(j);
	else
		json_f64(j, (double)ms / 1e3);
}

static int
put_acknowledged(struct question *q, const struct span *of, struct json *j)
{
	int64_t ms[2] = {-1, -1}, soon[2] = {0, 0};

	if (q->db != NULL &&
	    (ask_numbers(q, of, acknowledged, 2, ms) == -1 ||
		ask_numbers(q, of, soon_acknowledged, 2, soon) == -1))
		return -1;
	json_key(j, "ack_s");
	json_open(j);
	put_seconds(j, "median", ms[0]);
	put_seconds(j, "p95", ms[1]);
	json_end(j);
	json_key(j, "p1_acked_in_3min");
	if (soon[1] > 0)
		json_f64(j, (double)soon[0] / (double)soon[1]);
	else
		json_none(j);
	return 0;
}

static int
put_figures(struct question *q, struct span *of, struct json *j)
{
	if (find_since(q, of) == -1)
		return -1;
	json_key_i64(j, "since", of->since_ms);
	if (put_raised(q, of, j) == -1 || put_acknowledged(q, of, j) == -1)
		return -1;
	if (put_list(q, of, j, chattering, "chattering", "count") == -1 ||
	    put_list(q, of, j, top, "top", "count") == -1)
		return -1;
	return put_list(q, of, j, stale, "stale", "since");
}

int
chronicle_figures(const char *dir, int64_t from_ms, int64_t to_ms,
    struct buf *out, struct err *err)
{
	struct span of = {from_ms, to_ms, from_ms};
	struct json j = {.out = out};
	struct question q;
	int rc;

	if (from_ms >= to_ms)
		return err_set(
		    err, "figures need a time that ends after it begins");
	if (question_begin(&q, dir, out, err) == -1)
		return question_end(&q, -1);
	json_open(&j);
	json_key_i64(&j, "from", from_ms);
	json_key_i64(&j, "to", to_ms);
	rc = put_figures(&q, &of, &j);
	if (rc == 0)
		json_end(&j);
	return question_end(&q, rc);
}
