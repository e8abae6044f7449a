/*
 * stream.c - what changes, sent to every page that is open: the hub
 *
 * One thread looks at the live table and the board, and writes each message
 * once, as text and packed; the audience hands it out.  So 200 pages cost one
 * rendering, and 200 copies of some kilobytes.
 *
 * What a viewer needs for himself alone, a greeting with the time as it is now
 * and perhaps the whole state, he wishes for, and the hub writes it: one for
 * all who wished meanwhile.  A whole state serves some seconds, for whoever got
 * it goes on behind it with what is recent.
 *
 * When the names change, or nobody had looked for a while, what is recent is
 * forgotten, and that makes everybody wish for the whole.
 *
 * Not done: a viewer's own choice of points.  All of site l is some kilobytes a
 * second, packed.
 */
#include "gateway/web/stream.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/web/api.h"
#include "gateway/web/audience.h"
#include "gateway/web/news.h"

#define POINTS_MS 1000 /* at most so often */
#define ALARMS_MS 100 /* a flood comes in pieces of these */
#define WHOLE_MS 2000 /* a whole state serves so long */
#define LINGER_MS 30000 /* goes on without viewers: one may come back */
#define RETRY_MS 2000 /* a browser's, until it comes back by itself */
#define NEVER INT64_MAX

struct stream {
	struct api *api;
	struct pulse *pulse;
	struct board *board; /* or NULL */
	struct audience *audience;
	pthread_t thread;
	int wake_fd;
	/* the hub's */
	struct news *news;
	struct sse_packer *packer; /* NULL while idle */
	struct buf text;
	int64_t points_ms, alarms_ms, hb_ms; /* when each is due; monotonic */
	int64_t looked_ms; /* when somebody was there last; 0: never */
	bool idle;
	uint64_t beats;
	struct sse *whole; /* or NULL */
};

static void
wake(struct stream *s)
{
	int rc = eventfd_write(s->wake_fd, 1);

	assert(rc == 0 || errno == EAGAIN);
}

/* ---- messages ---- */

/* Begins a message of the ring. */
static struct buf *
text_begin(struct stream *s, const char *name)
{
	buf_clear(&s->text);
	sse_begin(&s->text, name);
	return &s->text;
}

/* A message that is written; n is its number, or what it knows of the ring. */
static struct sse *
text_done(struct stream *s, uint64_t n, int64_t now_ms, bool first)
{
	struct sse *m = sse_new(s->packer, &s->text, first);

	m->n = n;
	m->at_ms = now_ms;
	return m;
}

static void
publish(struct stream *s, int64_t now_ms)
{
	const struct recent *r = audience_recent(s->audience);
	uint64_t n = r->last + 1;

	recent_put_id(r, &s->text, n);
	sse_end(&s->text);
	audience_tell(s->audience, text_done(s, n, now_ms, false));
}

static void
forget_all(struct stream *s)
{
	audience_forget(s->audience);
	sse_unref(s->whole);
	s->whole = NULL;
}

static void
tell_points(struct stream *s, int64_t now_ms)
{
	enum news_kind kind;

	kind = news_points(s->news, text_begin(s, "point"));
	if (kind == NEWS_NAMES)
		forget_all(s);
	else if (kind == NEWS_SOME)
		publish(s, now_ms);
	s->points_ms = now_ms + POINTS_MS;
}

static void
tell_alarms(struct stream *s, int64_t now_ms)
{
	if (!news_alarms(s->news, text_begin(s, "alarm")))
		return;
	publish(s, now_ms);
	s->alarms_ms = now_ms + ALARMS_MS;
}

static void
write_hb(struct stream *s)
{
	pulse_print(
	    s->pulse, news_names(s->news), api_loop_age_ms(s->api), &s->text);
	sse_end(&s->text);
}

static void
tell_hb(struct stream *s, int64_t now_ms)
{
	text_begin(s, "hb");
	write_hb(s);
	audience_beat(s->audience, text_done(s, ++s->beats, now_ms, false));
	s->hb_ms = now_ms + STREAM_HB_MS;
}

static struct sse *
greeting(struct stream *s, int64_t now_ms)
{
	buf_clear(&s->text);
	buf_printf(&s->text, "retry: %d\n", RETRY_MS);
	sse_begin(&s->text, "hb");
	write_hb(s);
	return text_done(s, 0, now_ms, true);
}

/* As it was told up to the last message. */
static void
write_whole(struct stream *s, int64_t now_ms)
{
	const struct recent *r = audience_recent(s->audience);

	if (s->whole != NULL && now_ms - s->whole->at_ms < WHOLE_MS &&
	    s->whole->n + 1 >= r->first)
		return;
	news_all_points(s->news, text_begin(s, "point"));
	sse_end(&s->text);
	sse_begin(&s->text, "alarm");
	news_all_alarms(s->news, &s->text);
	recent_put_id(r, &s->text, r->last);
	sse_end(&s->text);
	sse_unref(s->whole);
	s->whole = text_done(s, r->last, now_ms, false);
}

static void
serve(struct stream *s, uint8_t wishes, int64_t now_ms)
{
	struct sse *hello = NULL;

	if ((wishes & WISH_GREETING) != 0)
		hello = greeting(s, now_ms);
	if ((wishes & WISH_WHOLE) != 0)
		write_whole(s, now_ms);
	audience_serve(s->audience, wishes, hello, s->whole);
	sse_unref(hello);
}

/* ---- its time ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Nobody has looked for a while.  What it takes to tell is given back, to the
 * kernel too: some megabytes of messages. */
static void
rest(struct stream *s)
{
	forget_all(s);
	news_forget(s->news);
	sse_packer_free(s->packer);
	s->packer = NULL;
	buf_free(&s->text);
	malloc_trim(0);
	s->idle = true;
}

/* What is in the ring has a hole behind it. */
static void
begin(struct stream *s, int64_t now_ms)
{
	forget_all(s);
	s->packer = sse_packer_new();
	news_look(s->news);
	s->idle = false;
	s->points_ms = now_ms + POINTS_MS;
	tell_hb(s, now_ms);
}

/* What is due; returns when it next wants to run. */
static int64_t
turn(struct stream *s, uint8_t wishes, int64_t now_ms)
{
	if (s->idle)
		begin(s, now_ms);
	if (now_ms >= s->points_ms)
		tell_points(s, now_ms);
	if (now_ms >= s->alarms_ms)
		tell_alarms(s, now_ms);
	if (now_ms >= s->hb_ms)
		tell_hb(s, now_ms);
	serve(s, wishes, now_ms);
	return earlier(earlier(s->points_ms, s->hb_ms),
	    news_alarms_wait(s->news) ? s->alarms_ms : NEVER);
}

static void
sleep_until(const struct stream *s, int64_t until_ms)
{
	struct pollfd p = {.fd = s->wake_fd, .events = POLLIN};
	int64_t ms = until_ms == NEVER ? -1 : until_ms - clock_mono_ms();
	eventfd_t count;

	if (poll(&p, 1, ms < 0 && until_ms != NEVER ? 0 : (int)ms) == 1)
		eventfd_read(s->wake_fd, &count);
}

static void *
hub(void *arg)
{
	struct stream *s = arg;
	struct audience_state state;
	int64_t now_ms, until_ms;

	for (;;) {
		audience_look(s->audience, &state);
		if (state.ending)
			return NULL;
		now_ms = clock_mono_ms();
		if (state.any)
			s->looked_ms = now_ms;
		until_ms = NEVER;
		if (s->looked_ms != 0 && now_ms - s->looked_ms <= LINGER_MS)
			until_ms = turn(s, state.wishes, now_ms);
		else if (!s->idle)
			rest(s);
		sleep_until(s, until_ms);
	}
}

/* ---- start, stop, requests ---- */

struct stream *
stream_start(struct api *api, struct live *live, struct board *board,
    struct pulse *pulse, struct err *err)
{
	struct stream *s = must_alloc(1, sizeof(*s));
	int error;

	s->api = api;
	s->pulse = pulse;
	s->board = board;
	s->news = news_new(live, board);
	s->idle = true;
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->audience = audience_new(s->wake_fd);
	error =
	    s->wake_fd == -1 ? errno : pthread_create(&s->thread, NULL, hub, s);
	if (error != 0) {
		err_set(err, "the web server's thread: %s", strerror(error));
		stream_free(s);
		return NULL;
	}
	pthread_setname_np(s->thread, "web-stream");
	if (board != NULL)
		board_notify(board, s->wake_fd);
	return s;
}

enum MHD_Result
stream_answer(
    struct stream *s, struct MHD_Connection *c, const struct watcher *who)
{
	return audience_answer(s->audience, c, who);
}

void
stream_stop(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->board != NULL)
		board_unnotify(s->board, s->wake_fd);
	audience_end(s->audience);
	wake(s);
	pthread_join(s->thread, NULL);
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	audience_free(s->audience);
	sse_unref(s->whole);
	news_free(s->news);
	sse_packer_free(s->packer);
	buf_free(&s->text);
	if (s->wake_fd != -1)
		close(s->wake_fd);
	free(s);
}
