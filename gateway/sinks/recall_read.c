/*
 * recall_read.c - reads what people were told before this process, from the
 * store
 *
 * The chronicle is read backwards, a page at a time; beyond the seven days
 * alarm by alarm, each to where its round began.  It is read by its order, not
 * by time.  Its newest event says from where the log goes on.
 */
#include "gateway/sinks/recall_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/store/chronicle.h"

#define SPAN_MS ((int64_t)7 * 24 * 3600 * 1000)
#define ROWS_MAX 50000 /* in those days; more are not looked at */
#define PAGE_ROWS 1000 /* what is held in memory at a time */
#define KEY_ROWS 200 /* the same of one alarm; it has few */
#define KEY_PAGES_MAX 20

/* A reading that is on. */
struct reading_back {
	const struct recall_source *source;
	uint64_t position; /* up to where the chronicle has the log */
	uint64_t before; /* where the last page ended; 0: all was read */
	bool failed; /* the chronicle cannot be read */
};

static bool
is_text(const json_t *event, const char *key, const char *text)
{
	const char *has = json_string_value(json_object_get(event, key));

	return has != NULL && strcmp(has, text) == 0;
}

static int64_t
number_of(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

/* ---- the log ---- */

/* Most events are neither, and need not be read. */
static bool
may_matter(const char *members)
{
	static const char alarm[] = "\"type\":\"alarm\"";
	static const char notify[] = "\"type\":\"notify\"";

	return strncmp(members, alarm, sizeof(alarm) - 1) == 0 ||
	    strncmp(members, notify, sizeof(notify) - 1) == 0;
}

static void
see_newer(const struct recall_source *p, const struct batch *b,
    const struct timeline *t)
{
	const char *log = b->in_memory ? journal_volatile_id(p->events)
				       : journal_id(p->events);
	json_t *event;
	int64_t ts_ms;

	buf_clear(p->page);
	buf_printf(p->page, "{%s}", b->event);
	event = json_loadb(p->page->data, p->page->len, 0, NULL);
	timeline_place(t, &b->at, b->at.mono_ms, 0, &ts_ms);
	json_object_set_new(event, "log", json_string(log));
	json_object_set_new(event, "seq", json_integer((json_int_t)b->seq));
	json_object_set_new(event, "ts", json_integer(ts_ms));
	if (event != NULL)
		recall_see_newer(p->recall, event);
	json_decref(event);
}

/* From behind that event to the end. */
static void
read_log(const struct recall_source *p, uint64_t after)
{
	struct journal_reader *r = reader_open(p->events, after);
	const struct catalog *none;
	struct timeline times;
	struct batch b;
	int rc = -1;

	journal_timeline(p->events, &times);
	while (r != NULL && (rc = reader_next(r, &b, &none)) == 1)
		if (b.event != NULL && may_matter(b.event))
			see_newer(p, &b, &times);
	if (rc == -1)
		log_warn("notify: the log of events cannot be read: %s: what "
			 "was told before may be told again",
		    strerror(errno));
	reader_close(r);
}

/* ---- the chronicle ---- */

/* The page that q asks for, and q on to the one behind it: before 0 is the end.
 * NULL if it cannot be read. */
static json_t *
turn_page(struct reading_back *r, struct chronicle_query *q)
{
	const struct recall_source *p = r->source;
	struct err err = {"it is no JSON"};
	json_t *doc = NULL;
	int rc;

	buf_clear(p->page);
	tether_out(p->tether);
	rc = chronicle_journal(p->dir, q, p->page, &err);
	tether_in(p->tether);
	if (rc == 0)
		doc = json_loadb(p->page->data, p->page->len, 0, NULL);
	if (doc == NULL && !p->tether->stopping)
		log_warn("notify: events.db cannot be read (%s): what was told "
			 "before is known from the log of events alone",
		    err.text);
	r->failed = doc == NULL;
	q->before = (uint64_t)number_of(doc, "next");
	return doc;
}

/* What the log has told of is passed over. */
static void
see_page(const struct reading_back *r, const json_t *events)
{
	const char *log = journal_id(r->source->events);

	for (size_t i = 0; i < json_array_size(events); i++) {
		json_t *event = json_array_get(events, i);

		if (!is_text(event, "log", log) ||
		    (uint64_t)number_of(event, "seq") <= r->position)
			recall_see_older(r->source->recall, event);
	}
}

static void
begin_at(struct reading_back *r, const json_t *newest)
{
	if (is_text(newest, "log", journal_id(r->source->events)))
		r->position = (uint64_t)number_of(newest, "seq");
	read_log(r->source, r->position);
}

static void
read_days(struct reading_back *r)
{
	struct chronicle_query q = {.limit = PAGE_ROWS};
	int64_t from_ms = 0, oldest_ms;
	size_t rows = 0;

	do {
		json_t *doc = turn_page(r, &q), *events;

		if (doc == NULL)
			return;
		events = json_object_get(doc, "events");
		if (rows == 0) {
			json_t *newest = json_array_get(events, 0);

			from_ms = number_of(newest, "ts") - SPAN_MS;
			begin_at(r, newest);
		}
		see_page(r, events);
		rows += json_array_size(events);
		oldest_ms = number_of(
		    json_array_get(events, json_array_size(events) - 1), "ts");
		json_decref(doc);
	} while (q.before != 0 && rows < ROWS_MAX && oldest_ms >= from_ms &&
	    !r->source->tether->stopping);
	r->before = q.before;
}

/* ---- further back ---- */

static void
read_further(void *context, const char *device, const char *alarm)
{
	struct reading_back *r = context;
	struct chronicle_query q = {.before = r->before,
	    .device = device,
	    .alarm = alarm,
	    .limit = KEY_ROWS};

	for (int i = 0; i < KEY_PAGES_MAX && q.before != 0 && !r->failed &&
	     !recall_has_begun(r->source->recall, device, alarm) &&
	     !r->source->tether->stopping;
	     i++) {
		json_t *doc = turn_page(r, &q);

		if (doc != NULL)
			see_page(r, json_object_get(doc, "events"));
		json_decref(doc);
	}
}

void
recall_read(const struct recall_source *p)
{
	struct reading_back r = {.source = p};

	read_days(&r);
	if (r.before != 0)
		recall_lacks(p->recall, read_further, &r);
	if (!r.failed)
		return;
	recall_forget(p->recall);
	read_log(p, 0);
}
