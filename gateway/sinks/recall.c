/*
 * recall.c - what people were told of alarms before, put together from events
 *
 * Each event that matters becomes a row of one of two lists; when all are there
 * the rows are walked in the order of events, which numbers the rounds.  Of an
 * alarm that stands no more its last event is kept: without it nobody could be
 * told what is over.
 *
 * An attempt is written when it has ended, and by then a new round may have
 * begun.  So it belongs to the newest round that had begun with the event it
 * told of.  Where that is of another log (it was told from memory) nothing is
 * known but the order of events.
 */
#include "gateway/sinks/recall.h"

#include <assert.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/attempt.h"
#include "gateway/sinks/notice.h"

#define CHANNELS_MAX 64 /* told apart; those behind count as one */

/* An alarm.  The key comes first, for tfind. */
struct subject {
	const char *key; /* device/alarm */
	const char *device, *alarm;
	struct subject *next;
	const struct board_alarm *shown; /* NULL: it stands no more, then */
	json_t *last; /* is its last event */
	bool begun; /* a round's begin was seen */
	/* as the rows are walked */
	unsigned rounds;
	int64_t round_ms, over_ms; /* when it began, when it was over */
	const struct row *begin; /* of the newest */
	bool over;
	uint64_t told; /* channels that believe that it stands */
	int64_t since_ms; /* as dispatch_standing is told */
};

struct row {
	struct subject *of;
	int64_t ts_ms;
	unsigned round;
	const char *log; /* of an attempt: of the event that it told of */
	uint64_t seq;
	/* of an alarm's event */
	bool begins, over;
	const struct row *before; /* the begin of the round before */
	/* of an attempt */
	const char *channel; /* NULL: it is an alarm's event */
	uint8_t channel_number, why, step;
	bool sent;
	long code;
};

struct rows {
	size_t count, room;
	struct row *of;
};

struct recall {
	const struct board_view *standing;
	struct arena *memory; /* subjects, texts */
	void *tree; /* of subjects, by key */
	struct subject *subjects;
	struct rows older, newer;
	size_t channel_count;
	const char *channels[CHANNELS_MAX];
	const char *log; /* the last one that was seen; there are few */
};

/* ---- subjects ---- */

static int
compare(const void *left, const void *right)
{
	const struct subject *a = left, *b = right;

	return strcmp(a->key, b->key);
}

static void
keep_nothing(void *subject)
{
	(void)subject; /* it is the arena's */
}

static struct subject *
subject_of(struct recall *h, const char *key)
{
	struct subject sought = {.key = key}, *s;
	struct subject **found = tfind(&sought, &h->tree, compare);
	char *device, *slash;

	if (found != NULL)
		return *found;
	s = arena_alloc(h->memory, sizeof(*s));
	s->key = arena_text(h->memory, key);
	s->device = device = arena_text(h->memory, key);
	slash = strchr(device, '/');
	assert(slash != NULL);
	*slash = '\0';
	s->alarm = slash + 1;
	s->next = h->subjects;
	h->subjects = s;
	found = tsearch(s, &h->tree, compare);
	assert(found != NULL);
	return s;
}

static void
forget_last(struct recall *h)
{
	for (struct subject *s = h->subjects; s != NULL; s = s->next) {
		json_decref(s->last);
		s->last = NULL;
	}
}

struct recall *
recall_new(const struct board_view *standing)
{
	struct recall *h = must_alloc(1, sizeof(*h));

	h->memory = arena_new();
	h->standing = standing;
	for (size_t i = 0; i < standing->count; i++)
		subject_of(h, standing->alarms[i].key)->shown =
		    &standing->alarms[i];
	return h;
}

void
recall_free(struct recall *h)
{
	if (h == NULL)
		return;
	forget_last(h);
	tdestroy(h->tree, keep_nothing);
	free(h->older.of);
	free(h->newer.of);
	arena_free(h->memory);
	free(h);
}

void
recall_forget(struct recall *h)
{
	forget_last(h);
	for (struct subject *s = h->subjects; s != NULL; s = s->next)
		s->begun = false;
	h->older.count = h->newer.count = 0;
}

/* ---- events ---- */

static const char *
text_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text != NULL ? text : "";
}

static bool
is(const json_t *event, const char *key, const char *text)
{
	return strcmp(text_of(event, key), text) == 0;
}

static int64_t
number_of(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

static bool
is_hidden(const json_t *event)
{
	return json_is_number(json_object_get(event, "shelved_until")) ||
	    json_is_string(json_object_get(event, "suppressed_by")) ||
	    json_is_object(json_object_get(event, "out_of_service"));
}

/* As dispatch.h says of rounds. */
static bool
begins_round(const json_t *event)
{
	if (is(event, "change", "raise") || is(event, "change", "chatter"))
		return true;
	return (is(event, "change", "unshelve") ||
		   is(event, "change", "unsuppress") ||
		   is(event, "change", "in-service")) &&
	    is(event, "state", "UNACK") && !is_hidden(event);
}

static struct subject *
subject_named(struct recall *h, const char *device, const char *alarm)
{
	char key[ORDER_KEY_MAX];
	int len = snprintf(key, sizeof(key), "%s/%s", device, alarm);

	if (*device == '\0' || *alarm == '\0' || len >= (int)sizeof(key))
		return NULL;
	return subject_of(h, key);
}

void
recall_lacks(const struct recall *h,
    void (*see)(void *context, const char *device, const char *alarm),
    void *context)
{
	for (const struct subject *s = h->subjects; s != NULL; s = s->next)
		if (s->shown != NULL && !s->begun)
			see(context, s->device, s->alarm);
}

bool
recall_has_begun(struct recall *h, const char *device, const char *alarm)
{
	const struct subject *s = subject_named(h, device, alarm);

	return s != NULL && s->begun;
}

static uint8_t
channel_number(struct recall *h, const char *id)
{
	size_t i = 0;

	while (i < h->channel_count && strcmp(h->channels[i], id) != 0)
		i++;
	if (i == CHANNELS_MAX)
		return CHANNELS_MAX - 1;
	if (i == h->channel_count)
		h->channels[h->channel_count++] = arena_text(h->memory, id);
	return (uint8_t)i;
}

static const char *
log_named(struct recall *h, const char *id)
{
	if (h->log == NULL || strcmp(h->log, id) != 0)
		h->log = arena_text(h->memory, id);
	return h->log;
}

/* False: it is neither an alarm's nor an attempt. */
static bool
make_row(struct recall *h, json_t *event, struct row *r)
{
	struct attempt a;

	*r = (struct row){.ts_ms = number_of(event, "ts")};
	if (is(event, "type", "alarm")) {
		r->of = subject_named(
		    h, text_of(event, "device"), text_of(event, "alarm"));
		r->log = log_named(h, text_of(event, "log"));
		r->seq = (uint64_t)number_of(event, "seq");
		r->begins = begins_round(event);
		r->over =
		    is(event, "state", "NORMAL") || is(event, "state", "RTNUN");
		return r->of != NULL;
	}
	if (!attempt_read(&a, event))
		return false;
	r->of = subject_named(h, a.device, a.alarm);
	r->channel_number = channel_number(h, a.channel);
	r->channel = h->channels[r->channel_number];
	r->log = log_named(h, a.of_log != NULL ? a.of_log : "");
	r->seq = a.of;
	r->why = a.why;
	r->step = a.step;
	r->sent = a.result == ATTEMPT_SENT;
	r->code = a.code;
	return r->of != NULL;
}

static void
add(struct rows *to, const struct row *r)
{
	if (to->count == to->room) {
		to->room = to->room * 2 + 64;
		to->of = must_grow(to->of, to->room, sizeof(*to->of));
	}
	to->of[to->count++] = *r;
	r->of->begun = r->of->begun || r->begins;
}

static void
keep_last(struct subject *s, json_t *event)
{
	json_decref(s->last);
	s->last = json_incref(event);
}

void
recall_see_older(struct recall *h, json_t *event)
{
	struct row r;

	if (!make_row(h, event, &r))
		return;
	add(&h->older, &r);
	if (r.channel == NULL && r.of->shown == NULL && r.of->last == NULL)
		keep_last(r.of, event);
}

void
recall_see_newer(struct recall *h, json_t *event)
{
	struct row r;

	if (!make_row(h, event, &r))
		return;
	add(&h->newer, &r);
	if (r.channel == NULL && r.of->shown == NULL)
		keep_last(r.of, event);
}

/* ---- what it comes to ---- */

static struct row *
row_at(const struct recall *h, size_t i)
{
	if (i < h->older.count)
		return &h->older.of[h->older.count - 1 - i];
	return &h->newer.of[i - h->older.count];
}

static void
walk_alarm(struct row *r)
{
	struct subject *s = r->of;

	if (r->begins) {
		r->before = s->begin;
		s->begin = r;
		s->rounds++;
		s->round_ms = r->ts_ms;
	}
	if (r->over && !s->over)
		s->over_ms = r->ts_ms;
	s->over = r->over;
}

/* 0: one of which no begin was seen. */
static unsigned
round_of(const struct row *attempt)
{
	const struct row *begin = attempt->of->begin;
	unsigned round = attempt->of->rounds;
	bool known = false;

	for (; begin != NULL; begin = begin->before, round--) {
		if (strcmp(begin->log, attempt->log) != 0)
			continue;
		if (begin->seq <= attempt->seq)
			return round;
		known = true;
	}
	return known ? 0 : attempt->of->rounds;
}

static void
walk_attempt(struct row *r)
{
	uint64_t channel = (uint64_t)1 << r->channel_number;

	r->round = round_of(r);
	if (r->sent && r->why == LETTER_CLEAR)
		r->of->told &= ~channel;
	else if (r->sent)
		r->of->told |= channel;
}

static void
walk(struct recall *h)
{
	for (size_t i = 0; i < h->older.count + h->newer.count; i++) {
		struct row *r = row_at(h, i);

		if (r->channel == NULL)
			walk_alarm(r);
		else
			walk_attempt(r);
	}
}

static void
give_attempts(const struct recall *h, struct dispatch *d)
{
	for (size_t i = 0; i < h->older.count + h->newer.count; i++) {
		const struct row *r = row_at(h, i);
		bool now = r->round == r->of->rounds;

		if (r->channel != NULL)
			dispatch_past(d,
			    &(struct dispatch_past){.channel = r->channel,
				.key = r->of->key,
				.why = r->why,
				.step = r->step,
				.since_ms = r->of->since_ms - (now ? 0 : 1),
				.ts_ms = r->ts_ms,
				.sent = r->sent,
				.code = r->code});
	}
}

static bool
notice_of_event(struct notice *n, const json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT);
	bool good = false;

	if (text != NULL) {
		text[strlen(text) - 1] = '\0';
		good = notice_read(n, NULL, NULL, text + 1);
		snprintf(n->log, sizeof(n->log), "%s", text_of(event, "log"));
		n->seq = (uint64_t)number_of(event, "seq");
	}
	free(text);
	return good;
}

/* What dispatch is to know of the subject; false: nothing. */
static bool
make_notice(const struct subject *s, struct notice *n)
{
	bool good = s->shown != NULL	      ? notice_shown(n, s->shown)
	    : s->last != NULL && s->told != 0 ? notice_of_event(n, s->last)
					      : false;

	if (good)
		n->ts_ms = n->state == ALARM_NORMAL || n->state == ALARM_RTNUN
		    ? s->over_ms
		    : s->round_ms;
	return good;
}

void
recall_give(
    struct recall *h, struct dispatch *d, const struct dispatch_time *now)
{
	struct sweep_list cars;
	struct notice n = {.cars = &cars};

	walk(h);
	for (struct subject *s = h->subjects; s != NULL; s = s->next)
		if (make_notice(s, &n))
			s->since_ms = n.since_ms;
	give_attempts(h, d);
	for (struct subject *s = h->subjects; s != NULL; s = s->next)
		if (make_notice(s, &n))
			dispatch_standing(d, &n, now);
}
