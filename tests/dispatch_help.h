/*
 * dispatch_help.h - a site, its channels and a clock, all simulated
 *
 * run() lets time pass as the thread would: it ticks when it is asked to, gives
 * each free channel its letter, and the channel answers as it is told to.  What
 * was said and what became of it is kept in order.
 */
#ifndef DISPATCH_HELP_H
#define DISPATCH_HELP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/sinks/dispatch.h"
#include "gateway/sinks/roster.h"
#include "tests/suite.h"

/* Check's own write a line to a file each time they hold. */
#define must(condition, ...)                                                   \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg(__VA_ARGS__);                             \
	} while (0)

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOON 1763697600000 /* 2025-11-21 12:00 in Shanghai, Unix ms */
#define AT(h, m) ((h)*60 + (m))

#define CHANNELS_MAX 4
#define KEYS_MAX 256
#define LETTERS_MAX 8192
#ifndef TEXT_BYTES
#define TEXT_BYTES 9000 /* of a letter, that are kept */
#endif
#define ROWS_MAX 32768
#define P(n) (1 << ((n)-1)) /* a bit of severities */
#define ALL (P(1) | P(2) | P(3) | P(4))

/* ---- the site ---- */

static const struct notify_person people[] = {
    {.id = "wang", .dingtalk = "1", .wecom = "w", .email = "w@x"},
    {.id = "li", .dingtalk = "2", .wecom = "l", .email = "l@x"},
    {.id = "boss", .dingtalk = "3", .wecom = "b", .email = "b@x"},
};
enum { WANG, LI, BOSS };

static const struct notify_device devices[] = {
    {.id = "gateway", .kind = "gateway", .name = {"网关", NULL}},
    {.id = "lift", .kind = "elevator", .name = {"电梯", "lift"}},
    {.id = "pump", .kind = "water", .name = {"水泵", "pump"}},
};

static const uint16_t of_wang[] = {WANG}, of_li[] = {LI}, of_boss[] = {BOSS};
static struct notify_channel channels[CHANNELS_MAX];
static struct notify_escalation escalations[4];
static struct notify_shift shifts[2];
static struct notify_conf conf;

static inline struct notify_channel
a_channel(const char *id, uint8_t severities)
{
	return (struct notify_channel){.id = id,
	    .type = CHANNEL_DINGTALK,
	    .severities = severities,
	    .personal = true,
	    .a_minute = 15,
	    .a_minute_p1 = 5};
}

/* One channel, `duty`, that takes all. */
static inline void
start_conf(void)
{
	setenv("TZ", "CST-8", 1); /* Shanghai's, and quicker than that */
	tzset();
	memset(escalations, 0, sizeof(escalations));
	conf = (struct notify_conf){.site = "anju",
	    .site_name = {"安居", "Anju"},
	    .person_count = 3,
	    .people = people,
	    .channel_count = 1,
	    .channels = channels,
	    .escalations = escalations,
	    .shifts = shifts,
	    .digest_min = AT(8, 0),
	    .device_count = 3,
	    .devices = devices};
	channels[0] = a_channel("duty", ALL);
}

static inline size_t
add_channel(const char *id, uint8_t severities)
{
	channels[conf.channel_count] = a_channel(id, severities);
	return conf.channel_count++;
}

/* ---- what happens ---- */

/* What a channel does with letters. */
struct fake {
	uint8_t verdict; /* enum robot_verdict */
	const char *bad; /* a letter with this in it is refused */
	int64_t retry_after_ms;
	int64_t took_ms;
	/* under way */
	bool busy;
	int64_t ends_ms;
	size_t letter;
};

struct said {
	int64_t begun_ms, ended_ms; /* ended_ms 0: under way */
	size_t channel;
	uint8_t why, severity;
	bool late, sent, refused;
	bool quiet; /* it was quiet for P3 when it was begun */
	size_t rows; /* alarms in it */
	char title[512], text[TEXT_BYTES];
	char mentions[64]; /* "wang li" */
};

struct row {
	int64_t at_ms, unix_ms;
	size_t channel, letter;
	char key[64];
	uint8_t why, step;
	unsigned number;
	uint64_t seq;
	int64_t since_ms;
	bool sent, refused, given_up, late;
};

static struct dispatch *dispatch;
static struct dispatch_time now;
static struct fake fakes[CHANNELS_MAX];
static struct said said[LETTERS_MAX];
static size_t said_count;
static struct row rows[ROWS_MAX];
static size_t row_count;
static struct notice alarms[KEYS_MAX];
static uint64_t round_seqs[KEYS_MAX]; /* the event that began its round */
static int64_t round_ms[KEYS_MAX]; /* Unix, when */
static size_t alarm_count;
static uint64_t seq;

static inline void
start(void)
{
	start_conf();
	now = (struct dispatch_time){.mono_ms = 10 * DAY, .unix_ms = NOON};
	memset(fakes, 0, sizeof(fakes));
	for (size_t i = 0; i < CHANNELS_MAX; i++)
		fakes[i].took_ms = 100;
	said_count = row_count = alarm_count = 0;
	seq = 0;
}

static inline void
finish(void)
{
	dispatch_free(dispatch);
	dispatch = NULL;
}

/* A site where nothing was before. */
static inline void
go(void)
{
	dispatch = dispatch_new(&conf);
	dispatch_begin(dispatch, &now);
}

static inline void
tell(void *context, const struct dispatch_attempt *a)
{
	const struct fake *f = context;
	struct row *r = &rows[row_count++];

	must(row_count < ROWS_MAX, "too many rows");
	*r = (struct row){.at_ms = now.mono_ms,
	    .unix_ms = now.unix_ms,
	    .channel = a->channel,
	    .letter = f->letter,
	    .why = a->why,
	    .step = a->step,
	    .number = a->number,
	    .seq = a->seq,
	    .since_ms = a->since_ms,
	    .sent = said[f->letter].sent,
	    .refused = said[f->letter].refused,
	    .given_up = a->given_up,
	    .late = a->late};
	snprintf(r->key, sizeof(r->key), "%s/%s", a->device, a->alarm);
	said[f->letter].rows++;
}

static inline bool
is_said_in(const struct said *s, const char *what)
{
	return strstr(s->title, what) != NULL || strstr(s->text, what) != NULL;
}

static inline void
end_letter(size_t channel)
{
	struct fake *f = &fakes[channel];
	struct said *s = &said[f->letter];
	struct robot_answer a = {
	    .verdict = f->verdict, .retry_after_ms = f->retry_after_ms};

	if (f->bad != NULL && is_said_in(s, f->bad))
		a.verdict = ROBOT_REFUSED;
	f->busy = false;
	s->ended_ms = now.mono_ms;
	s->sent = a.verdict == ROBOT_SENT;
	s->refused = a.verdict == ROBOT_REFUSED;
	dispatch_ended(dispatch, channel, &a, &now, tell, f);
}

static inline void
begin_letter(size_t channel)
{
	struct fake *f = &fakes[channel];
	struct said *s = &said[said_count];
	struct letter l;

	if (f->busy || !dispatch_next(dispatch, channel, &now, &l))
		return;
	must(said_count + 1 < LETTERS_MAX, "too many letters");
	*s = (struct said){.begun_ms = now.mono_ms,
	    .channel = channel,
	    .why = l.why,
	    .severity = l.severity,
	    .late = l.late,
	    .quiet = roster_is_quiet(&conf, SEVERITY_P3, now.unix_ms)};
	snprintf(s->title, sizeof(s->title), "%s", l.title);
	snprintf(s->text, sizeof(s->text), "%s", l.text);
	for (size_t i = 0; i < l.mention_count; i++)
		snprintf(s->mentions + strlen(s->mentions),
		    sizeof(s->mentions) - strlen(s->mentions), "%s%s",
		    i > 0 ? " " : "", l.mentions[i]->id);
	f->busy = true;
	f->ends_ms = now.mono_ms + f->took_ms;
	f->letter = said_count++;
}

/* One turn; returns when the next is due. */
static inline int64_t
turn(void)
{
	int64_t next_ms;

	for (size_t i = 0; i < conf.channel_count; i++)
		if (fakes[i].busy && fakes[i].ends_ms <= now.mono_ms)
			end_letter(i);
	next_ms = dispatch_tick(dispatch, &now);
	must(next_ms > now.mono_ms, "it wants to run again at once");
	for (size_t i = 0; i < conf.channel_count; i++) {
		begin_letter(i);
		if (fakes[i].busy && fakes[i].ends_ms < next_ms)
			next_ms = fakes[i].ends_ms;
	}
	return next_ms;
}

/* Lets so much time pass. */
static inline void
run(int64_t ms)
{
	int64_t until_ms = now.mono_ms + ms;

	for (;;) {
		int64_t next_ms = turn();

		if (next_ms > until_ms)
			break;
		now.unix_ms += next_ms - now.mono_ms;
		now.mono_ms = next_ms;
	}
	now.unix_ms += until_ms - now.mono_ms;
	now.mono_ms = until_ms;
}

/* To that minute of the day, which is today or tomorrow. */
static inline void
run_to(int minute)
{
	int64_t day_ms = (now.unix_ms + 8 * HOUR) % DAY;
	int64_t ms = minute * MINUTE - day_ms;

	run(ms > 0 ? ms : ms + DAY);
}

/* ---- alarms ---- */

/* The alarm of that key, as it was last. */
static inline struct notice *
alarm_of(const char *key)
{
	const char *slash = strchr(key, '/');
	struct notice *n;

	for (size_t i = 0; i < alarm_count; i++) {
		n = &alarms[i];
		if (strcmp(n->alarm, slash + 1) == 0 &&
		    strlen(n->device) == (size_t)(slash - key) &&
		    strncmp(n->device, key, strlen(n->device)) == 0)
			return n;
	}
	must(alarm_count < KEYS_MAX, "too many alarms");
	n = &alarms[alarm_count++];
	*n = (struct notice){.log = "k3f9a1"};
	snprintf(n->device, sizeof(n->device), "%.*s", (int)(slash - key), key);
	snprintf(n->alarm, sizeof(n->alarm), "%s", slash + 1);
	return n;
}

static inline void
take(struct notice *n, uint8_t change)
{
	n->change = change;
	n->ts_ms = now.unix_ms;
	n->seq = ++seq;
	dispatch_take(dispatch, n, &now);
}

static inline void
begin_round(const struct notice *n)
{
	round_seqs[n - alarms] = seq + 1;
	round_ms[n - alarms] = now.unix_ms;
}

/* severity: 1 is P1. */
static inline struct notice *
raise_alarm(const char *key, int severity)
{
	struct notice *n = alarm_of(key);

	n->severity = (uint8_t)(severity - 1);
	if (n->state == ALARM_NORMAL) {
		n->since_ms = now.unix_ms;
		n->count = 0;
	}
	n->state = ALARM_UNACK;
	n->active = true;
	n->ack = (struct alarm_deed){0};
	n->count++;
	snprintf(n->text_zh, sizeof(n->text_zh), "<%s>", key);
	begin_round(n);
	take(n, ALARM_RAISE);
	return n;
}

static inline void
ack(const char *key)
{
	struct notice *n = alarm_of(key);

	n->state = n->active ? ALARM_ACKED : ALARM_NORMAL;
	n->ack = (struct alarm_deed){"王师傅", now.unix_ms};
	take(n, ALARM_ACK);
}

static inline void
clear(const char *key)
{
	struct notice *n = alarm_of(key);

	n->active = false;
	n->state = n->state == ALARM_ACKED ? ALARM_NORMAL : ALARM_RTNUN;
	take(n, ALARM_CLEAR);
}

static inline void
hide(const char *key)
{
	struct notice *n = alarm_of(key);

	n->hidden = true;
	take(n, ALARM_SUPPRESS);
}

static inline void
unhide(const char *key)
{
	struct notice *n = alarm_of(key);

	n->hidden = false;
	if (n->state == ALARM_UNACK)
		begin_round(n);
	take(n, ALARM_UNSUPPRESS);
}

/* ---- a restart ---- */

/* As if killed: what is under way is lost.  Then what the log and the board
 * say: an attempt is about the present round if the alarm has begun no other
 * since. */
static inline void
restart(int64_t down_ms)
{
	dispatch_free(dispatch);
	for (size_t i = 0; i < CHANNELS_MAX; i++)
		fakes[i].busy = false;
	now.mono_ms += down_ms;
	now.unix_ms += down_ms;
	dispatch = dispatch_new(&conf);
	for (size_t i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];
		const struct notice *n = alarm_of(r->key);
		bool present = r->seq >= round_seqs[n - alarms];

		dispatch_past(dispatch,
		    &(struct dispatch_past){.channel = channels[r->channel].id,
			.key = r->key,
			.why = r->why,
			.step = r->step,
			.since_ms = n->since_ms - (present ? 0 : 1),
			.ts_ms = r->unix_ms,
			.sent = r->sent});
	}
	for (size_t i = 0; i < alarm_count; i++) {
		struct notice n = alarms[i];

		n.change = ALARM_NONE;
		if (n.state != ALARM_NORMAL && n.state != ALARM_RTNUN)
			n.ts_ms = round_ms[i];
		dispatch_standing(dispatch, &n, &now);
	}
	dispatch_begin(dispatch, &now);
}

/* ---- what was said ---- */

/* Letters of that channel (-1: any), whose title or text has this. */
static inline size_t
count_said(int channel, const char *what)
{
	size_t count = 0;

	for (size_t i = 0; i < said_count; i++)
		count +=
		    (channel == -1 || said[i].channel == (size_t)channel) &&
		    is_said_in(&said[i], what);
	return count;
}

static inline const struct said *
last_said(void)
{
	ck_assert_uint_gt(said_count, 0);
	return &said[said_count - 1];
}

/* Attempts that were taken, of one key (NULL: any) and reason. */
static inline size_t
count_sent(int channel, const char *key, uint8_t why)
{
	size_t count = 0;

	for (size_t i = 0; i < row_count; i++)
		count += rows[i].sent && rows[i].why == why &&
		    (channel == -1 || rows[i].channel == (size_t)channel) &&
		    (key == NULL || strcmp(rows[i].key, key) == 0);
	return count;
}

#endif
