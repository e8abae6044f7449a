/*
 * courier.c - what is written to the server next, and what came of it
 *
 * One request at a time.  Each lane has a parcel: items are put into it until
 * it is sent, then it is sent, and sent again, in as many pieces as the answers
 * ask for, until each line is written or refused; only then its items are done,
 * all at once.  The lanes take turns by request, so neither starves the other.
 * How large a late request may be is learnt from how long they take: on a slow
 * line live ones must not wait for them.
 *
 * Trouble is logged when it begins and when it changes.  While it lasts the
 * same parcel is tried again.  When it is over the follower begins anew, so
 * that what waited goes to the late lane.
 */
#include "gateway/sinks/courier.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/crc32c.h"
#include "gateway/base/log.h"
#include "gateway/base/stats.h"
#include "gateway/sinks/backoff.h"
#include "gateway/sinks/parcel.h"
#include "gateway/sinks/post.h"
#include "gateway/sinks/refusal.h"
#include "gateway/store/follower.h"

#define CONNECT_MS 10000
#define ANSWER_MS 30000
#define GATHER_MS 200 /* between two live requests */
#define HELD_MS 30000 /* a retry that will hardly help; up to twice that */
#define DISK_MS 1000 /* until a disk that failed is read again */
#define SLOW_MS 1000 /* a late request that took longer was too large */
#define FAST_MS 500
#define BYTES_MIN 4096 /* of a request; a line is seldom longer */
#define GUESSES_MAX 64 /* lines asked one by one whether it is them */
#define SERIES_MAX 1024 /* whose refused lines are told of */
#define LINE_SHOWN 200 /* bytes of one in the log */

enum { STATUS_NONE, STATUS_2XX, STATUS_3XX, STATUS_4XX, STATUS_5XX, STATUSES };

struct figures {
	struct stat_series *connected, *written, *refused;
	struct stat_series *requests[STATUSES];
};

/* What goes, or waits to go, as one. */
struct lane {
	struct parcel *parcel;
	size_t bytes; /* the parcel's, at most */
	bool begun; /* it is being sent */
	bool dry; /* the follower had no more for it */
	bool failed; /* the disk cannot be read, where the lane is */
	int64_t disk_retry_ms;
	bool about_lines; /* an answer was, see refusal.h */
	char refusal[POST_WHY_MAX]; /* the last one */
};

struct courier {
	const struct influx_conf *conf;
	struct tether *tether;
	struct post *post;
	struct follower *follower;
	struct figures figures;

	struct lane lanes[FOLLOWER_LANES];
	int last; /* the lane of the last request */
	int64_t live_ms; /* when the last live request was made */

	bool connected; /* the last answer was about our lines */
	bool fresh; /* there was trouble since follower_begin */
	int trouble; /* the one last told, 0: none */
	struct post_answer answer;
	struct backoff backoff;
	int64_t retry_ms;
	uint32_t told[SERIES_MAX]; /* checksums of series */
	size_t told_count;
};

/* ---- figures ---- */

static void
figures_open(struct figures *f)
{
	static const char *const classes[STATUSES] = {"status=\"none\"",
	    "status=\"2xx\"", "status=\"3xx\"", "status=\"4xx\"",
	    "status=\"5xx\""};
	static const char lines[] = "riser_influx_lines_total";
	static const char help[] = "Lines the server has written, or refused.";

	f->connected = stat_get(STAT_GAUGE, "riser_sink_connected",
	    "Whether the sink has a connection.", "sink=\"influx\"");
	f->written = stat_get(STAT_COUNTER, lines, help, "result=\"written\"");
	f->refused = stat_get(STAT_COUNTER, lines, help, "result=\"refused\"");
	for (int i = 0; i < STATUSES; i++)
		f->requests[i] =
		    stat_get(STAT_COUNTER, "riser_influx_requests_total",
			"Requests by the class of the answer's status.",
			classes[i]);
}

static void
figures_close(struct figures *f)
{
	stat_put(f->connected);
	stat_put(f->written);
	stat_put(f->refused);
	for (int i = 0; i < STATUSES; i++)
		stat_put(f->requests[i]);
}

static void
count_request(struct figures *f, int status)
{
	int i = status < 200 ? STATUS_NONE : status / 100 - 1;

	stat_add(f->requests[i > STATUS_5XX ? STATUS_5XX : i], 1);
}

/* ---- trouble ---- */

static void
tell(struct courier *c, int trouble, const char *why)
{
	if (c->trouble != trouble)
		log_warn("influx: %s %s: %s",
		    c->connected ? "lost" : "cannot write to", c->conf->url,
		    why);
	c->trouble = trouble;
	c->connected = false;
	c->fresh = true;
	stat_set(c->figures.connected, 0);
}

static void
hold(struct courier *c, int trouble, const char *why, int64_t now_ms)
{
	tell(c, trouble, why);
	c->retry_ms = now_ms + HELD_MS + arc4random() % (HELD_MS + 1);
}

static void
back_off(struct courier *c, const struct post_answer *a, int64_t now_ms)
{
	int64_t wait_ms = backoff_next(&c->backoff, now_ms, arc4random());

	tell(c, a->trouble, a->why);
	/* A little jitter here too, never early. */
	if (a->retry_after_ms != -1)
		wait_ms = a->retry_after_ms + arc4random() % 1000;
	c->retry_ms = now_ms + wait_ms;
}

static void
prove(struct courier *c)
{
	if (!c->connected)
		log_info("influx: writing to %s", c->conf->url);
	c->connected = true;
	c->trouble = 0;
	backoff_reset(&c->backoff);
	stat_set(c->figures.connected, 1);
}

/* ---- parcels ---- */

static void
clear(struct lane *l)
{
	parcel_clear(l->parcel);
	l->begun = l->dry = l->about_lines = false;
}

/* What is not done is given again, what waited in the late lane. */
void
courier_begin(struct courier *c, int64_t now_ms)
{
	for (int i = 0; i < FOLLOWER_LANES; i++)
		clear(&c->lanes[i]);
	c->fresh = false;
	follower_begin(c->follower, now_ms);
}

static void
tell_disk(struct lane *l, bool failed, int64_t now_ms)
{
	if (failed && !l->failed)
		log_error(
		    "influx: the journal cannot be read: %s", strerror(errno));
	l->failed = failed;
	l->disk_retry_ms = now_ms + DISK_MS;
}

/* Fills a parcel with what there is. */
static void
gather(struct courier *c, enum follower_lane which, int64_t now_ms)
{
	struct lane *l = &c->lanes[which];
	struct follower_item item;
	int rc;

	if (l->failed && now_ms < l->disk_retry_ms)
		return;
	while (parcel_room(l->parcel, l->bytes)) {
		rc = follower_next(c->follower, which, now_ms, &item);
		tell_disk(l, rc == -1, now_ms);
		l->dry = rc != 1;
		if (l->dry)
			return;
		parcel_put(l->parcel, c->conf->site, &item);
	}
}

/* Up to the first space that is none of a tag's. */
static size_t
series_length(const char *line, size_t length)
{
	size_t n = 0;

	while (n < length && line[n] != ' ')
		n += line[n] == '\\' ? 2 : 1;
	return n < length ? n : length;
}

static void
tell_refused(
    struct courier *c, const char *line, size_t length, const char *why)
{
	uint32_t series = crc32c(0, line, series_length(line, length));

	for (size_t i = 0; i < c->told_count; i++)
		if (c->told[i] == series)
			return;
	if (c->told_count == SERIES_MAX)
		return;
	c->told[c->told_count++] = series;
	log_warn("influx: a line is given up, and so will be what else is "
		 "refused of its series: %.*s%s (%s)",
	    (int)(length < LINE_SHOWN ? length : LINE_SHOWN), line,
	    length > LINE_SHOWN ? "..." : "", why);
}

static void
settle_lines(struct courier *c, const struct lane *l)
{
	size_t length;

	if (parcel_refused(l->parcel) == 0)
		return;
	for (size_t i = 0; i < parcel_lines(l->parcel); i++) {
		const char *line = parcel_line(l->parcel, i, &length);

		if (line != NULL)
			tell_refused(c, line, length, l->refusal);
	}
	stat_add(c->figures.refused, parcel_refused(l->parcel));
}

static void
settle_items(struct courier *c, const struct lane *l)
{
	struct follower_item item;

	for (size_t i = 0; i < parcel_items(l->parcel); i++) {
		const char *why = parcel_item(l->parcel, i, &item);

		if (why != NULL)
			follower_drop(c->follower, &item, why);
		else
			follower_done(c->follower, &item);
	}
}

/* What was refused was not for what the lines are, as far as is known. */
static bool
is_doubtful(const struct lane *l)
{
	return parcel_refused(l->parcel) > 0 &&
	    !parcel_any_written(l->parcel) && !l->about_lines;
}

/* Nothing of a parcel is left to send, or to be learnt from. */
static void
finish(struct courier *c, struct lane *l, int64_t now_ms)
{
	if (is_doubtful(l)) {
		/* More lines next time, and good ones among them. */
		hold(c, 400, l->refusal, now_ms);
		courier_begin(c, now_ms);
		return;
	}
	if (parcel_lines(l->parcel) > 0)
		prove(c);
	settle_lines(c, l);
	settle_items(c, l);
	clear(l);
	if (c->connected && c->fresh)
		courier_begin(c, now_ms);
}

/* ---- requests ---- */

static void
refused(struct courier *c, struct lane *l, const char *text, size_t length,
    size_t lines)
{
	const struct post_answer *a = &c->answer;
	bool about_lines = refusal_of_lines(a->body);

	snprintf(l->refusal, sizeof(l->refusal), "%s", a->why);
	l->about_lines = l->about_lines || about_lines;
	if (about_lines && lines == 1)
		tell_refused(c, text, length - 1, a->why);
	if (refusal_of_all(a->body, lines))
		parcel_refuse(l->parcel, "refused");
	else
		parcel_cut(l->parcel, "refused");
}

static void
too_large(struct courier *c, struct lane *l, size_t length, size_t lines)
{
	size_t half = length / 2 > BYTES_MIN ? length / 2 : BYTES_MIN;

	snprintf(l->refusal, sizeof(l->refusal), "%s", c->answer.why);
	/* A line that is not long is not refused for its length. */
	l->about_lines = l->about_lines || (lines == 1 && length > BYTES_MIN);
	for (int i = 0; i < FOLLOWER_LANES; i++)
		if (c->lanes[i].bytes > half)
			c->lanes[i].bytes = half;
	parcel_cut(l->parcel, "size");
}

/* Learns how much a late request may hold. */
static void
pace(struct courier *c, int64_t took_ms)
{
	size_t *bytes = &c->lanes[FOLLOWER_LATE].bytes;
	size_t most = c->lanes[FOLLOWER_LIVE].bytes;

	if (took_ms > SLOW_MS)
		*bytes = *bytes / 2 > BYTES_MIN ? *bytes / 2 : BYTES_MIN;
	else if (took_ms < FAST_MS)
		*bytes = *bytes * 2 < most ? *bytes * 2 : most;
}

static void
judge(struct courier *c, struct lane *l, const char *text, size_t length,
    size_t lines)
{
	const struct post_answer *a = &c->answer;
	int64_t now_ms = clock_mono_ms();

	count_request(&c->figures, a->trouble);
	switch (a->verdict) {
	case POST_WRITTEN:
		parcel_written(l->parcel);
		stat_add(c->figures.written, lines);
		prove(c);
		break;
	case POST_REFUSED: refused(c, l, text, length, lines); break;
	case POST_TOO_LARGE: too_large(c, l, length, lines); break;
	case POST_HELD: hold(c, a->trouble, a->why, now_ms); break;
	case POST_BUSY:
	case POST_FAILED: back_off(c, a, now_ms); break;
	}
}

/* Sends the next piece of a parcel. */
static void
deliver(struct courier *c, int lane, int64_t now_ms)
{
	struct lane *l = &c->lanes[lane];
	size_t length, lines;
	const char *text;

	l->begun = true;
	if (parcel_next(l->parcel, &text, &length, &lines)) {
		c->last = lane;
		if (lane == FOLLOWER_LIVE)
			c->live_ms = now_ms;
		tether_out(c->tether);
		post_send(c->post, text, length, &c->answer);
		tether_in(c->tether);
		if (c->tether->stopping && c->answer.verdict != POST_WRITTEN)
			return;
		judge(c, l, text, length, lines);
		if (lane == FOLLOWER_LATE)
			pace(c, clock_mono_ms() - now_ms);
	}
	if (!parcel_next(l->parcel, &text, &length, &lines) ||
	    (is_doubtful(l) && parcel_refused(l->parcel) >= GUESSES_MAX))
		finish(c, l, clock_mono_ms());
}

/* ---- turns ---- */

/* When a lane has something to do; INT64_MAX: nothing. */
static int64_t
lane_due(const struct courier *c, int lane)
{
	const struct lane *l = &c->lanes[lane];

	if (l->begun)
		return 0;
	if (parcel_items(l->parcel) == 0)
		return l->failed ? l->disk_retry_ms : l->dry ? INT64_MAX : 0;
	if (lane == FOLLOWER_LATE || parcel_lines(l->parcel) == 0 ||
	    !parcel_room(l->parcel, l->bytes))
		return 0;
	return c->live_ms + GATHER_MS;
}

/* The lane whose turn it is, or -1: live, unless it had the last one and late
 * has something. */
static int
choose(const struct courier *c, int64_t now_ms)
{
	bool live = lane_due(c, FOLLOWER_LIVE) <= now_ms;
	bool late = lane_due(c, FOLLOWER_LATE) <= now_ms;

	if (late && (!live || c->last == FOLLOWER_LIVE))
		return FOLLOWER_LATE;
	return live ? FOLLOWER_LIVE : -1;
}

void
courier_turn(struct courier *c, int64_t now_ms)
{
	int lane;

	if (now_ms < c->retry_ms)
		return;
	gather(c, FOLLOWER_LIVE, now_ms);
	gather(c, FOLLOWER_LATE, now_ms);
	lane = choose(c, now_ms);
	if (lane != -1)
		deliver(c, lane, now_ms);
}

static int64_t
earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

int64_t
courier_next(const struct courier *c)
{
	int64_t at_ms =
	    earlier(lane_due(c, FOLLOWER_LIVE), lane_due(c, FOLLOWER_LATE));

	at_ms = earlier(at_ms, follower_wake(c->follower));
	return at_ms > c->retry_ms ? at_ms : c->retry_ms;
}

void
courier_poll(const struct courier *c, struct pollfd *fd)
{
	bool follow =
	    clock_mono_ms() >= c->retry_ms && !c->lanes[FOLLOWER_LIVE].failed;

	*fd = (struct pollfd){
	    .fd = follow ? follower_fd(c->follower) : -1, .events = POLLIN};
}

void
courier_polled(const struct pollfd *fd)
{
	uint64_t count;

	if (fd->revents != 0 && read(fd->fd, &count, sizeof(count)) == -1)
		assert(errno == EAGAIN || errno == EINTR);
}

/* ---- open and close ---- */

static int
open_post(struct courier *c, struct err *err)
{
	struct post_conf pc = {.url = c->conf->url,
	    .token = c->conf->token,
	    .ca_file = c->conf->ca_file,
	    .gzip = c->conf->gzip,
	    .bytes_max = PARCEL_REQUEST_MAX,
	    .connect_ms = CONNECT_MS,
	    .answer_ms = ANSWER_MS};
	struct err why;

	c->post = post_open(&pc, &why);
	return c->post == NULL ? err_set(err, "influx: %s", why.text) : 0;
}

struct courier *
courier_open(const struct influx_conf *conf, struct journal *readings,
    const struct follower_conf *fc, struct tether *t, struct err *err)
{
	struct courier *c = must_alloc(1, sizeof(*c));

	c->conf = conf;
	c->tether = t;
	figures_open(&c->figures);
	for (int i = 0; i < FOLLOWER_LANES; i++) {
		c->lanes[i].parcel = parcel_new();
		c->lanes[i].bytes = PARCEL_BYTES_MAX;
	}
	if (open_post(c, err) == -1)
		goto fail;
	c->follower = follower_open(readings, fc);
	if (c->follower != NULL)
		return c;
	err_set(err, "influx: no descriptor: %s", strerror(errno));

fail:
	courier_close(c);
	return NULL;
}

void
courier_stop(struct courier *c, int64_t by_ms)
{
	post_stop(c->post, by_ms);
}

void
courier_quit(struct courier *c)
{
	follower_close(c->follower);
	c->follower = NULL;
	stat_set(c->figures.connected, 0);
}

void
courier_close(struct courier *c)
{
	if (c == NULL)
		return;
	assert(c->follower == NULL);
	post_close(c->post);
	for (int i = 0; i < FOLLOWER_LANES; i++)
		parcel_free(c->lanes[i].parcel);
	figures_close(&c->figures);
	free(c);
}
