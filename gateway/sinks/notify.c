/*
 * notify.c - tells people of alarms: the thread
 *
 * It begins with what stands on the board and what recall.h knows of earlier
 * attempts; from then on the log of events tells it each change.  The follower
 * begins before the board is looked at, and what that has already is passed
 * over: so no change is missed and none is taken twice, and what waited in the
 * log for a week is not told as if it were news.  An event is done with as soon
 * as it is taken: what it still asks for is known from the board and the
 * attempts at the next start.  After a gap in the log the board is looked at.
 *
 * Each turn takes what has ended, takes what is new, lets the dispatch act on
 * time and gives each free channel its next letter.  A disk may hang in a
 * question to the chronicle, so the thread is on a tether, as influx.c's.
 *
 * Whoever watches it must not believe it when it hangs: it says when its last
 * turn was, and since when it cannot read the log.
 */
#include "gateway/sinks/notify.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/attempt.h"
#include "gateway/sinks/notify_copy.h"
#include "gateway/sinks/recall_read.h"
#include "gateway/sinks/sender.h"
#include "gateway/store/follower.h"

_Static_assert(SENDER_MAIL_MS <= NOTIFY_LETTER_MS, "no letter takes longer");
_Static_assert(SENDER_ANSWER_MS <= NOTIFY_LETTER_MS, "nor at a robot");

#define CLOSE_MS 50 /* of a stop's time, behind the last letter */
#define TURN_MS 1000 /* between two turns at most */
#define EVENTS_A_TURN 256 /* then letters get their time */
#define BLIND_MS 1000 /* until a log that failed is read again */
#define SETTLE_MS 2000 /* for the events of who ran before */
#define SETTLE_STEP_US 5000

struct channel {
	struct stat_series *sent, *failed, *given_up, *seconds, *waiting;
	bool fails; /* it did not take the last letter */
	uint8_t verdict; /* what was said of that */
	long code;
};

struct notify {
	const struct notify_conf *conf;
	struct arena *memory; /* conf's */
	struct tether tether;
	struct journal *events;
	struct board *board;
	uint64_t after; /* events that another thread appended just before */
	uint8_t boot[CLOCK_BOOT_BYTES];

	struct follower *follower;
	struct dispatch *dispatch;
	struct sender *sender;
	struct channel *channels;

	/* while it begins */
	struct board_view view;
	struct recall *recall;
	struct buf page;
	uint64_t shown; /* events up to this seq were on the board then */
	int64_t blind_ms; /* since when the log cannot be read; 0: it can */
	int64_t next_ms;
	uint64_t last_seq; /* of our own events */

	/* for others to see */
	_Atomic int64_t untold_ms, turned_ms;
	_Atomic unsigned failing; /* channels */
};

/* ---- figures ---- */

static struct stat_series *
count_of(const char *channel, const char *result)
{
	char labels[256] = "";

	stat_label(labels, sizeof(labels), "channel", channel);
	stat_label(labels, sizeof(labels), "result", result);
	return stat_get(STAT_COUNTER, "riser_notify_total",
	    "Letters to people by what became of them.", labels);
}

static void
channel_open(struct channel *c, const char *id)
{
	char label[200] = "";

	stat_label(label, sizeof(label), "channel", id);
	c->sent = count_of(id, "sent");
	c->failed = count_of(id, "failed");
	c->given_up = count_of(id, "given_up");
	c->seconds = stat_get(STAT_GAUGE, "riser_notify_seconds",
	    "How long the channel took for the last letter.", label);
	c->waiting = stat_get(STAT_GAUGE, "riser_notify_waiting",
	    "Alarms that the channel is still to be told of.", label);
}

static void
channel_close(struct channel *c)
{
	stat_put(c->sent);
	stat_put(c->failed);
	stat_put(c->given_up);
	stat_put(c->seconds);
	stat_put(c->waiting);
}

static struct dispatch_time
time_now(void)
{
	struct clock_now now;

	clock_now(&now);
	return (struct dispatch_time){.mono_ms = now.mono_ms,
	    .unix_ms = now.wall_ms,
	    .unsynced = !now.synced};
}

/* ---- what became of a letter ---- */

struct ended {
	struct notify *n;
	struct stamp at; /* all events of one letter have the same */
	const struct robot_answer *answer;
	int64_t took_ms;
	bool given_up;
};

static struct stamp
stamp_now(const struct notify *n)
{
	struct clock_now now;
	struct stamp at;

	clock_now(&now);
	memcpy(at.boot, n->boot, sizeof(at.boot));
	at.mono_ms = now.mono_ms;
	at.wall_ms = now.wall_ms;
	at.synced = now.synced;
	return at;
}

static enum attempt_result
result_of(const struct robot_answer *answer, bool given_up)
{
	if (answer->verdict == ROBOT_SENT)
		return ATTEMPT_SENT;
	return given_up ? ATTEMPT_GIVEN_UP : ATTEMPT_FAILED;
}

/* A log that takes no event loses the figure, not the letter. */
static void
tell(void *context, const struct dispatch_attempt *t)
{
	struct ended *e = context;
	char members[SAMPLE_EVENT_MAX];
	struct batch b = {
	    .at = e->at, .count = 1, .urgent = true, .event = members};
	struct buf out;
	struct attempt a = {.channel = e->n->conf->channels[t->channel].id,
	    .device = t->device,
	    .alarm = t->alarm,
	    .why = t->why,
	    .step = t->step,
	    .result = (uint8_t)result_of(e->answer, t->given_up),
	    .late = t->late,
	    .of_log = t->log,
	    .of = t->seq,
	    .since_ms = t->since_ms,
	    .code = e->answer->code,
	    .took_ms = e->took_ms,
	    .number = t->number,
	    .trouble = e->answer->why};

	e->given_up = e->given_up || t->given_up;
	buf_fixed(&out, members, sizeof(members));
	attempt_write(&a, &out);
	assert(!out.full);
	if (journal_append(e->n->events, &b))
		e->n->last_seq = b.seq;
}

/* Trouble is said when it begins and when it is another. */
static void
say(struct notify *n, size_t channel, const struct robot_answer *a)
{
	struct channel *c = &n->channels[channel];
	const char *id = n->conf->channels[channel].id;
	bool fails = a->verdict != ROBOT_SENT;

	if (fails &&
	    (!c->fails || c->verdict != a->verdict || c->code != a->code))
		log_warn("notify: %s: %s", id, a->why);
	if (!fails && c->fails)
		log_info("notify: %s takes letters again", id);
	c->fails = fails;
	c->verdict = a->verdict;
	c->code = a->code;
}

static void
end_letters(struct notify *n, const struct dispatch_time *now)
{
	struct robot_answer answer;
	struct ended e = {.n = n, .answer = &answer};
	size_t channel;

	while (sender_done(n->sender, &channel, &answer, &e.took_ms)) {
		struct channel *c = &n->channels[channel];

		e.at = stamp_now(n);
		e.given_up = false;
		dispatch_ended(n->dispatch, channel, &answer, now, tell, &e);
		stat_add(answer.verdict == ROBOT_SENT ? c->sent : c->failed, 1);
		if (e.given_up)
			stat_add(c->given_up, 1);
		stat_set(c->seconds, (double)e.took_ms / 1000);
		say(n, channel, &answer);
	}
}

/* ---- what is new ---- */

/* An event's times are by the wall clock as it was then. */
static int64_t
clock_moved_ms(const struct notify *n, const struct stamp *at,
    const struct dispatch_time *now)
{
	if (memcmp(at->boot, n->boot, sizeof(at->boot)) != 0)
		return 0;
	return now->unix_ms - now->mono_ms - (at->wall_ms - at->mono_ms);
}

static void
take_event(struct notify *n, const struct follower_item *item,
    const struct dispatch_time *now)
{
	struct sweep_list cars;
	struct notice notice = {.cars = &cars};

	if (item->seq <= n->shown ||
	    !notice_read(&notice, NULL, NULL, item->batch.event))
		return;
	snprintf(notice.log, sizeof(notice.log), "%s", item->log);
	notice.seq = item->seq;
	notice.ts_ms = item->ts_ms;
	notice_shift(&notice, clock_moved_ms(n, &item->batch.at, now));
	dispatch_take(n->dispatch, &notice, now);
}

/* Events were lost, for room or by damage: the board has what they came to. */
static void
take_gap(struct notify *n, const struct dispatch_time *now)
{
	board_view_take(n->board, &n->view);
	n->shown = n->view.shown;
	dispatch_compare(n->dispatch, &n->view, now);
	board_view_free(&n->view);
}

static void
see_blindness(struct notify *n, int rc, int64_t now_ms)
{
	if (rc == -1 && n->blind_ms == 0)
		log_error("notify: the log of events cannot be read: %s",
		    strerror(errno));
	if (rc != -1 && n->blind_ms != 0)
		log_info("notify: the log of events is read again");
	if (rc != -1)
		n->blind_ms = 0;
	else if (n->blind_ms == 0)
		n->blind_ms = now_ms;
}

/* Returns when there may be more. */
static int64_t
take_events(
    struct notify *n, enum follower_lane lane, const struct dispatch_time *now)
{
	struct follower_item item;

	for (int i = 0; i < EVENTS_A_TURN; i++) {
		int rc = follower_next(n->follower, lane, now->mono_ms, &item);

		if (lane == FOLLOWER_LIVE)
			see_blindness(n, rc, now->mono_ms);
		if (rc == -1)
			return now->mono_ms + BLIND_MS;
		if (rc == 0)
			return follower_wake(n->follower);
		if (item.gap)
			take_gap(n, now);
		else
			take_event(n, &item, now);
		follower_done(n->follower, &item);
	}
	return now->mono_ms;
}

/* ---- turns ---- */

static void
begin_letters(struct notify *n, const struct dispatch_time *now)
{
	struct letter l;

	for (size_t i = 0; i < n->conf->channel_count; i++) {
		if (sender_is_free(n->sender, i) &&
		    dispatch_next(n->dispatch, i, now, &l))
			sender_send(n->sender, i, &l, now->unix_ms);
		stat_set(n->channels[i].waiting,
		    (double)dispatch_waiting(n->dispatch, i));
	}
}

static int64_t
earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static void
publish(struct notify *n, int64_t now_ms)
{
	int64_t blind_ms =
	    n->blind_ms != 0 && now_ms >= n->blind_ms + DISPATCH_UNTOLD_MS
	    ? n->blind_ms
	    : INT64_MAX;
	unsigned failing = 0;

	for (size_t i = 0; i < n->conf->channel_count; i++)
		failing += dispatch_is_failing(n->dispatch, i) ? 1 : 0;
	atomic_store(&n->failing, failing);
	atomic_store(
	    &n->untold_ms, earlier(dispatch_untold_ms(n->dispatch), blind_ms));
	atomic_store(&n->turned_ms, now_ms);
}

static void
turn(struct notify *n)
{
	struct dispatch_time now = time_now();

	end_letters(n, &now);
	n->next_ms = now.mono_ms + TURN_MS;
	for (int lane = 0; lane < FOLLOWER_LANES; lane++)
		n->next_ms = earlier(
		    n->next_ms, take_events(n, (enum follower_lane)lane, &now));
	n->next_ms = earlier(n->next_ms, dispatch_tick(n->dispatch, &now));
	begin_letters(n, &now);
	publish(n, now.mono_ms);
}

static void
await(struct notify *n, int fd, int64_t until_ms)
{
	uint64_t count;

	tether_out(&n->tether);
	sender_wait(n->sender, fd, until_ms);
	tether_in(&n->tether);
	if (fd != -1 && read(fd, &count, sizeof(count)) == -1)
		assert(errno == EAGAIN || errno == EINTR);
}

/* ---- the beginning ---- */

/* What the thread before this one wrote last is to be readable. */
static void
await_predecessor(struct notify *n)
{
	int64_t until_ms = clock_mono_ms() + SETTLE_MS;
	struct journal_state s;

	for (;;) {
		journal_state(n->events, &s);
		if (s.tail_seq >= n->after || n->tether.stopping ||
		    clock_mono_ms() >= until_ms)
			return;
		tether_out(&n->tether);
		clock_sleep_until_us(clock_mono_us() + SETTLE_STEP_US);
		tether_in(&n->tether);
	}
}

static void
forget_recall(struct notify *n)
{
	recall_free(n->recall);
	n->recall = NULL;
	board_view_free(&n->view);
	buf_free(&n->page);
}

static void
begin(struct notify *n)
{
	struct recall_source source = {.dir = n->conf->dir,
	    .events = n->events,
	    .tether = &n->tether,
	    .page = &n->page};
	struct dispatch_time now;

	await_predecessor(n);
	follower_begin(n->follower, clock_mono_ms());
	board_view_take(n->board, &n->view);
	n->shown = n->view.shown;
	source.recall = n->recall = recall_new(&n->view);
	recall_read(&source);
	now = time_now();
	recall_give(n->recall, n->dispatch, &now);
	dispatch_begin(n->dispatch, &now);
	forget_recall(n);
}

/* ---- the thread ---- */

static void
notify_free(struct notify *n)
{
	sender_close(n->sender);
	dispatch_free(n->dispatch);
	forget_recall(n);
	for (size_t i = 0; n->channels && i < n->conf->channel_count; i++)
		channel_close(&n->channels[i]);
	free(n->channels);
	tether_free(&n->tether);
	arena_free(n->memory);
	free(n);
}

/* What is left of a thread whose tether was cut. */
static void
bury(void *arg)
{
	notify_free(arg);
}

static bool
is_busy(const struct notify *n)
{
	for (size_t i = 0; i < n->conf->channel_count; i++)
		if (!sender_is_free(n->sender, i))
			return true;
	return false;
}

/* What is under way may end, as long as there is time. */
static void
finish(struct notify *n)
{
	struct dispatch_time now = time_now();
	int64_t until_ms = n->tether.stop_by_ms - CLOSE_MS;

	for (;;) {
		end_letters(n, &now);
		if (!is_busy(n) || now.mono_ms >= until_ms)
			break;
		await(n, -1, until_ms);
		now = time_now();
	}
}

static void *
run(void *arg)
{
	struct notify *n = arg;

	pthread_cleanup_push(bury, n);
	tether_in(&n->tether);
	begin(n);
	while (!n->tether.stopping) {
		turn(n);
		if (!n->tether.stopping)
			await(n, follower_fd(n->follower), n->next_ms);
	}
	finish(n);
	tether_leave(&n->tether);
	pthread_cleanup_pop(0);
	return NULL;
}

/* ---- start and stop ---- */

static int
open_parts(struct notify *n, struct err *err)
{
	struct follower_conf fc = {.name = "notify", .events = n->events};
	struct err why;

	n->sender = sender_open(n->conf, &why);
	if (n->sender == NULL)
		return err_set(err, "notify: %s", why.text);
	n->follower = follower_open(n->events, &fc);
	if (n->follower == NULL)
		return err_set(
		    err, "notify: no descriptor: %s", strerror(errno));
	n->dispatch = dispatch_new(n->conf);
	n->channels = must_alloc(n->conf->channel_count, sizeof(*n->channels));
	for (size_t i = 0; i < n->conf->channel_count; i++)
		channel_open(&n->channels[i], n->conf->channels[i].id);
	return 0;
}

struct notify *
notify_start(const struct notify_conf *conf, struct journal *events,
    struct board *board, uint64_t after, struct err *err)
{
	struct notify *n = must_alloc(1, sizeof(*n));

	n->memory = arena_new();
	n->conf = notify_copy(n->memory, conf);
	n->events = events;
	n->board = board;
	n->after = after;
	clock_boot(n->boot);
	atomic_store(&n->untold_ms, INT64_MAX);
	atomic_store(&n->turned_ms, clock_mono_ms());
	tether_init(&n->tether);
	if (open_parts(n, err) == -1)
		goto fail;
	if ((errno = tether_start(&n->tether, "notify", run, n)) != 0) {
		err_set(err, "notify: no thread: %s", strerror(errno));
		goto fail;
	}
	return n;

fail:
	follower_close(n->follower);
	notify_free(n);
	return NULL;
}

void
notify_ask(struct notify *n, int64_t wait_ms)
{
	if (n == NULL)
		return;
	tether_ask(&n->tether, wait_ms);
	sender_wake(n->sender);
}

bool
notify_is_over(struct notify *n, int64_t now_ms)
{
	return tether_is_over(&n->tether, now_ms);
}

uint64_t
notify_stop(struct notify *n, int64_t wait_ms)
{
	uint64_t last_seq;

	if (n == NULL)
		return 0;
	notify_ask(n, wait_ms);
	if (tether_stop(&n->tether)) {
		last_seq = n->last_seq;
		follower_close(n->follower);
		notify_free(n);
		return last_seq;
	}
	log_warn("notify: the thread hangs in a call and is left behind");
	last_seq = n->last_seq;
	follower_close(n->follower);
	tether_out(&n->tether); /* n is the thread's now */
	return last_seq;
}

/* ---- how it does ---- */

int64_t
notify_overdue_ms(const struct notify *n)
{
	int64_t turned_ms = atomic_load(&n->turned_ms);
	int64_t untold_ms = atomic_load(&n->untold_ms);

	if (clock_mono_ms() < turned_ms + DISPATCH_UNTOLD_MS)
		return untold_ms;
	return earlier(untold_ms, turned_ms);
}

unsigned
notify_failing(const struct notify *n)
{
	return atomic_load(&n->failing);
}
