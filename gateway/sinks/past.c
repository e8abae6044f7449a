/*
 * past.c - which attempts to tell people there were before this process
 *
 * Whether an attempt was about the alarm as it stands now, or about an earlier
 * occurrence of it, is told by the order of events: what lies behind its first
 * raise is about it.  Times would not do, for a box whose clock is not set yet
 * believes that the alarm stands since another one.
 *
 * The chronicle is read backwards, a page at a time, and beyond the seven days
 * alarm by alarm, each to its raise.  The log behind the chronicle's end is
 * read forwards: a raise there begins the attempts of its alarm anew.
 */
#include "gateway/sinks/past.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/log.h"
#include "gateway/sinks/attempt.h"
#include "gateway/sinks/notice.h"
#include "gateway/store/chronicle.h"

#define SPAN_MS ((int64_t)7 * 24 * 3600 * 1000)
#define ROWS_MAX 50000 /* in those days; more are not looked at */
#define PAGE_ROWS 1000 /* what is held in memory at a time */
#define KEY_ROWS 200 /* the same of one alarm; it has few */
#define KEY_PAGES_MAX 20

/* An alarm of the board.  The key comes first, for bsearch. */
struct stander {
	char key[ORDER_KEY_MAX];
	int64_t since_ms;
	bool begun; /* its raise was found: what is older is not about it */
	unsigned raises; /* found in the log */
};

struct told {
	struct dispatch_past is;
	const struct stander *about; /* NULL: it stands no more */
	unsigned raises; /* the stander's then */
};

struct list {
	size_t count, room;
	struct told *of;
};

struct past {
	struct arena *texts;
	size_t stander_count;
	struct stander *standers; /* by key */
	struct list chronicle; /* newest first */
	struct list log; /* oldest first */
	struct buf page;
	/* of past_read */
	const char *dir;
	struct journal *events;
	struct tether *tether;
	uint64_t shown; /* what the board had */
	uint64_t position; /* what the chronicle has of the log */
};

struct past *
past_new(void)
{
	struct past *p = must_alloc(1, sizeof(*p));

	p->texts = arena_new();
	return p;
}

void
past_free(struct past *p)
{
	if (p == NULL)
		return;
	arena_free(p->texts);
	free(p->standers);
	free(p->chronicle.of);
	free(p->log.of);
	buf_free(&p->page);
	free(p);
}

/* ---- what stands ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
take_standers(struct past *p, const struct board_view *v)
{
	struct notice notice;

	p->shown = v->shown;
	p->standers = must_alloc(v->count + 1, sizeof(*p->standers));
	for (size_t i = 0; i < v->count; i++) {
		struct stander *s = &p->standers[p->stander_count++];

		strcpy(s->key, v->alarms[i].key);
		if (notice_shown(&notice, &v->alarms[i]))
			s->since_ms = notice.since_ms;
	}
	qsort(p->standers, p->stander_count, sizeof(*p->standers), compare);
}

static struct stander *
find(struct past *p, const char *device, const char *alarm)
{
	char key[ORDER_KEY_MAX];

	snprintf(key, sizeof(key), "%s/%s", device, alarm);
	return bsearch(
	    key, p->standers, p->stander_count, sizeof(*p->standers), compare);
}

/* ---- events ---- */

static bool
is(const json_t *event, const char *key, const char *text)
{
	const char *has = json_string_value(json_object_get(event, key));

	return has != NULL && strcmp(has, text) == 0;
}

/* Whose first raise this is, or NULL. */
static struct stander *
raised(struct past *p, const json_t *event)
{
	const char *device =
	    json_string_value(json_object_get(event, "device"));
	const char *alarm = json_string_value(json_object_get(event, "alarm"));

	if (!is(event, "type", "alarm") || device == NULL || alarm == NULL ||
	    !(is(event, "change", "raise") || is(event, "change", "chatter")) ||
	    json_integer_value(json_object_get(event, "count")) > 1)
		return NULL;
	return find(p, device, alarm);
}

static void
add(struct past *p, struct list *to, const struct attempt *a,
    const struct stander *about, int64_t ts_ms)
{
	struct told *t;
	char key[2 * ORDER_KEY_MAX];

	if (to->count == to->room) {
		to->room = to->room * 2 + 64;
		to->of = must_grow(to->of, to->room, sizeof(*to->of));
	}
	t = &to->of[to->count++];
	snprintf(key, sizeof(key), "%s/%s", a->device, a->alarm);
	*t = (struct told){.about = about,
	    .raises = about != NULL ? about->raises : 0,
	    .is = {.channel = arena_text(p->texts, a->channel),
		.key = about != NULL ? about->key : arena_text(p->texts, key),
		.why = a->why,
		.step = a->step,
		.since_ms = about != NULL ? about->since_ms : ts_ms - a->age_ms,
		.ts_ms = ts_ms,
		.sent = a->result == ATTEMPT_SENT}};
}

/* ---- the chronicle ---- */

/* Events come newest first. */
static void
see(struct past *p, const json_t *event)
{
	uint64_t seq =
	    (uint64_t)json_integer_value(json_object_get(event, "seq"));
	struct stander *s = raised(p, event);
	struct attempt a;

	if (seq > p->position && is(event, "log", journal_id(p->events)))
		return; /* the log has told of it */
	if (s != NULL)
		s->begun = true;
	if (!attempt_read(&a, event))
		return;
	s = find(p, a.device, a.alarm);
	if (s == NULL || !s->begun)
		add(p, &p->chronicle, &a, s,
		    json_integer_value(json_object_get(event, "ts")));
}

/* The next page of what q asks for, and q on to the one behind it: before 0 is
 * the end.  NULL if it cannot be read. */
static json_t *
turn_page(struct past *p, struct chronicle_query *q)
{
	struct err err = {""};
	json_t *doc = NULL;
	int rc;

	buf_clear(&p->page);
	tether_out(p->tether);
	rc = chronicle_journal(p->dir, q, &p->page, &err);
	tether_in(p->tether);
	if (rc == 0)
		doc = json_loadb(p->page.data, p->page.len, 0, NULL);
	if (doc == NULL)
		log_warn(
		    "notify: what was told before is known from the log of "
		    "events alone: %s",
		    rc == 0 ? "events.db is no JSON" : err.text);
	else
		q->before =
		    (uint64_t)json_integer_value(json_object_get(doc, "next"));
	return doc;
}

static int64_t
time_of(const json_t *event)
{
	return json_integer_value(json_object_get(event, "ts"));
}

static void
see_all(struct past *p, const json_t *events)
{
	for (size_t i = 0; i < json_array_size(events); i++)
		see(p, json_array_get(events, i));
}

/* Back to its raise.  False if that cannot be read. */
static bool
follow_back(struct past *p, struct stander *s, uint64_t before)
{
	char device[ORDER_KEY_MAX];
	char *slash = strchr(strcpy(device, s->key), '/');
	struct chronicle_query q = {.before = before, .limit = KEY_ROWS};
	int pages = 0;

	if (slash == NULL)
		return true;
	*slash = '\0';
	q.device = device;
	q.alarm = slash + 1;
	do {
		json_t *doc = turn_page(p, &q);

		if (doc == NULL)
			return false;
		see_all(p, json_object_get(doc, "events"));
		json_decref(doc);
	} while (!s->begun && q.before != 0 && ++pages < KEY_PAGES_MAX);
	return true;
}

/* The chronicle's newest event says how far it has come. */
static uint64_t
position_of(const struct past *p, const json_t *newest)
{
	if (!is(newest, "log", journal_id(p->events)))
		return 0;
	return (uint64_t)json_integer_value(json_object_get(newest, "seq"));
}

static void read_log(struct past *p);

/* False if it cannot be read. */
static bool
read_chronicle(struct past *p)
{
	struct chronicle_query q = {.limit = PAGE_ROWS};
	size_t rows = 0;
	int64_t from_ms = 0;
	bool more;

	do {
		json_t *doc = turn_page(p, &q), *events;

		if (doc == NULL)
			return false;
		events = json_object_get(doc, "events");
		if (rows == 0) {
			json_t *newest = json_array_get(events, 0);

			p->position = position_of(p, newest);
			read_log(p);
			from_ms = time_of(newest) - SPAN_MS;
		}
		see_all(p, events);
		rows += json_array_size(events);
		more = q.before != 0 && rows < ROWS_MAX &&
		    time_of(json_array_get(
			events, json_array_size(events) - 1)) >= from_ms;
		json_decref(doc);
	} while (more && !p->tether->stopping);
	for (size_t i = 0; q.before != 0 && i < p->stander_count; i++)
		if (!p->standers[i].begun && !p->tether->stopping &&
		    !follow_back(p, &p->standers[i], q.before))
			return false;
	return true;
}

/* ---- the log ---- */

/* Most events are neither, and need not be read. */
static bool
may_matter(const char *members)
{
	static const char notify[] = "\"type\":\"notify\"";

	return strncmp(members, notify, sizeof(notify) - 1) == 0 ||
	    strstr(members, "\"change\":\"raise\"") != NULL ||
	    strstr(members, "\"change\":\"chatter\"") != NULL;
}

static void
see_late(struct past *p, const struct batch *b, const struct timeline *times)
{
	struct stander *s;
	struct attempt a;
	int64_t ts_ms;
	json_t *event;

	buf_clear(&p->page);
	buf_printf(&p->page, "{%s}", b->event);
	event = json_loadb(p->page.data, p->page.len, 0, NULL);
	/* What the board did not have yet has begun since. */
	s = b->seq <= p->shown ? raised(p, event) : NULL;
	if (s != NULL) {
		s->begun = true;
		s->raises++;
	}
	timeline_place(times, &b->at, b->at.mono_ms, 0, &ts_ms);
	if (attempt_read(&a, event))
		add(p, &p->log, &a, find(p, a.device, a.alarm), ts_ms);
	json_decref(event);
}

/* From where the chronicle ends. */
static void
read_log(struct past *p)
{
	struct journal_reader *r = reader_open(p->events, p->position);
	const struct catalog *none;
	struct timeline times;
	struct batch b;
	int rc = -1;

	journal_timeline(p->events, &times);
	while (r != NULL && (rc = reader_next(r, &b, &none)) == 1)
		if (b.event != NULL && may_matter(b.event))
			see_late(p, &b, &times);
	if (rc == -1)
		log_warn("notify: the log of events cannot be read: %s: what "
			 "was told before may be told again",
		    strerror(errno));
	reader_close(r);
}

/* ---- all of it ---- */

void
past_read(struct past *p, const char *dir, struct journal *events,
    const struct board_view *standing, struct tether *t)
{
	p->dir = dir;
	p->events = events;
	p->tether = t;
	take_standers(p, standing);
	if (read_chronicle(p) || t->stopping)
		return;
	p->chronicle.count = p->log.count = 0;
	p->position = 0;
	read_log(p);
}

void
past_give(const struct past *p, struct dispatch *d)
{
	for (size_t i = p->chronicle.count; i > 0; i--)
		dispatch_past(d, &p->chronicle.of[i - 1].is);
	for (size_t i = 0; i < p->log.count; i++) {
		const struct told *t = &p->log.of[i];

		if (t->about == NULL || t->raises == t->about->raises)
			dispatch_past(d, &t->is);
	}
}
