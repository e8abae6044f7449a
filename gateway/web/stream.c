/*
 * stream.c - what changes, sent to every page that is open
 *
 * The hub is one thread that looks at the live table and the board, and writes
 * each message once, as text and packed.  The newest are in a ring, bounded by
 * count and bytes; a viewer is a place in it.  libmicrohttpd's threads ask a
 * viewer for bytes and copy them out of the message he is at; when there is
 * nothing for him his connection is suspended, and the hub resumes it with the
 * next message.  So 200 pages cost one rendering, and 200 copies of some
 * kilobytes.
 *
 * What a viewer needs for himself alone, a greeting with the time as it is now
 * and perhaps the whole state, he wishes for, and the hub writes it: one for
 * all who wished meanwhile.  A whole state serves some seconds, for whoever got
 * it goes on in the ring behind it.  Heartbeats are not in the ring: only the
 * newest is ever sent, since a page sets its clock by it.
 *
 * While the names change, or nobody looked for a while, the ring is emptied:
 * that makes everybody wish for a whole state.
 *
 * Little is left to the kernel (NOTSENT_BYTES): what stands in its queue cannot
 * be skipped, and a slow page would show what is long over.
 *
 * Two locks, never both: the hub's, for places and ring, and libmicrohttpd's,
 * which it takes when a connection is suspended or resumed, under ours.
 * Nothing is rendered under ours.
 *
 * Not done: a viewer's own choice of points.  All of site l packed is some
 * kilobytes a second.
 */
#include "gateway/web/stream.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/web/answer.h"
#include "gateway/web/api.h"
#include "gateway/web/judge.h"
#include "gateway/web/news.h"
#include "gateway/web/sse.h"

#define POINTS_MS 1000 /* at most so often */
#define ALARMS_MS 100 /* a flood comes in pieces of these */
#define WHOLE_MS 2000 /* a whole state serves so long */
#define LINGER_MS 30000 /* goes on without viewers: one may come back */
#define RING_COUNT 128
#define RING_BYTES ((size_t)4 << 20) /* the newest is kept in any case */
#define STUCK_S 30 /* a page that takes nothing for so long is closed */
#define MESSAGE_MS 60000 /* for one message; who is slower is closed */
#define NOTSENT_BYTES 16384
#define BLOCK_BYTES 4096 /* to HTTP/1.0, which knows no chunks */
#define BOOT_BYTES 4
#define RETRY_MS 2000 /* a browser's, until it comes back by itself */
#define NEVER INT64_MAX

enum wish { WISH_NOTHING, WISH_WHOLE = 1, WISH_GREETING = 2 };

struct viewer {
	struct stream *stream;
	struct MHD_Connection *connection;
	struct viewer *next, **at;
	struct sockaddr_in6 address; /* v4 too, mapped; of port 0 */
	bool counted; /* against the limit of an address */
	uint8_t form; /* enum sse_form */
	bool suspended;
	uint8_t wishes; /* enum wish, several */
	uint64_t place; /* the next message's number */
	uint64_t beat; /* the heartbeat he had last */
	struct sse *now, *then; /* then: behind now; or NULL */
	size_t sent; /* bytes of now */
	int64_t since_ms; /* monotonic, when now began */
};

struct stream {
	struct api *api;
	struct pulse *pulse;
	struct board *board; /* or NULL */
	pthread_t thread;
	int wake_fd;
	char boot[2 * BOOT_BYTES + 1]; /* of ids: this stream's and no other's
					*/
	/* the hub's */
	struct news *news;
	struct sse_packer *packer;
	struct buf text;
	int64_t points_ms, alarms_ms, hb_ms; /* when each is due; monotonic */
	int64_t looked_ms; /* when somebody was there last */
	bool idle;

	pthread_mutex_t lock; /* of what follows, and of viewers */
	struct viewer *viewers;
	size_t viewer_count;
	bool ending;
	struct sse *ring[RING_COUNT]; /* message n is at n % RING_COUNT */
	uint64_t first, last; /* kept are first..last; none if first > last */
	size_t bytes; /* of these */
	struct sse *hb; /* the newest; or NULL */
	struct sse *whole; /* or NULL */
};

static void
wake(struct stream *s)
{
	int rc = eventfd_write(s->wake_fd, 1);

	assert(rc == 0 || errno == EAGAIN);
}

/* ---- the ring; under the lock ---- */

static void
ring_drop(struct stream *s)
{
	struct sse **m = &s->ring[s->first++ % RING_COUNT];

	s->bytes -= sse_size(*m);
	sse_unref(*m);
	*m = NULL;
}

/* Takes the reference. */
static void
ring_add(struct stream *s, struct sse *m)
{
	if (s->last + 1 - s->first == RING_COUNT)
		ring_drop(s);
	s->last = m->n;
	s->ring[s->last % RING_COUNT] = m;
	s->bytes += sse_size(m);
	while (s->bytes > RING_BYTES && s->first < s->last)
		ring_drop(s);
}

/* A number is left out, so that nobody's place is in the ring. */
static void
ring_clear(struct stream *s)
{
	while (s->first <= s->last)
		ring_drop(s);
	s->last++;
	s->first = s->last + 1;
	sse_unref(s->whole);
	s->whole = NULL;
}

/* ---- viewers; under the lock ---- */

/* The message at his place, or NULL if he has to skip. */
static struct sse *
viewer_next(struct viewer *v, int64_t now_ms)
{
	struct stream *s = v->stream;
	struct sse *m;

	if (v->place < s->first)
		return NULL;
	m = s->ring[v->place % RING_COUNT];
	if (now_ms - m->at_ms > STREAM_KEPT_MS)
		return NULL;
	v->place++;
	return sse_ref(m);
}

/* What he gets next, or NULL: nothing is there for him yet. */
static struct sse *
viewer_pick(struct viewer *v, int64_t now_ms)
{
	struct stream *s = v->stream;
	struct sse *m = v->then;

	v->then = NULL;
	if (m != NULL)
		return m;
	if (v->wishes == 0 && s->hb != NULL && v->beat != s->hb->n) {
		v->beat = s->hb->n;
		return sse_ref(s->hb);
	}
	if (v->wishes == 0 && v->place <= s->last) {
		m = viewer_next(v, now_ms);
		if (m == NULL)
			v->wishes = WISH_WHOLE;
	}
	if (v->wishes != 0)
		wake(s);
	return m;
}

static bool
viewer_has_news(const struct viewer *v)
{
	const struct stream *s = v->stream;

	return s->ending || v->now != NULL ||
	    (v->wishes == 0 &&
		(v->place <= s->last ||
		    (s->hb != NULL && v->beat != s->hb->n)));
}

static ssize_t
viewer_copy(struct viewer *v, char *to, size_t room)
{
	size_t left = v->now->len[v->form] - v->sent;
	size_t count = left < room ? left : room;

	memcpy(to, v->now->bytes[v->form] + v->sent, count);
	v->sent += count;
	if (count == left) {
		sse_unref(v->now);
		v->now = NULL;
	}
	return (ssize_t)count;
}

/* libmicrohttpd's MHD_ContentReaderCallback. */
static ssize_t
viewer_read(void *cls, uint64_t pos, char *to, size_t room)
{
	struct viewer *v = cls;
	struct stream *s = v->stream;
	int64_t now_ms = clock_mono_ms();
	ssize_t count = 0;

	(void)pos;
	pthread_mutex_lock(&s->lock);
	if (v->now == NULL && !s->ending) {
		v->now = viewer_pick(v, now_ms);
		v->sent = 0;
		v->since_ms = now_ms;
	}
	if (s->ending) {
		count = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (v->now == NULL) {
		v->suspended = true;
		MHD_suspend_connection(v->connection);
	} else if (now_ms - v->since_ms > MESSAGE_MS) {
		count = MHD_CONTENT_READER_END_WITH_ERROR;
	} else {
		count = viewer_copy(v, to, room);
	}
	pthread_mutex_unlock(&s->lock);
	return count;
}

/* libmicrohttpd's MHD_ContentReaderFreeCallback. */
static void
viewer_free(void *cls)
{
	struct viewer *v = cls;
	struct stream *s = v->stream;

	pthread_mutex_lock(&s->lock);
	*v->at = v->next;
	if (v->next != NULL)
		v->next->at = v->at;
	s->viewer_count--;
	pthread_mutex_unlock(&s->lock);
	sse_unref(v->now);
	sse_unref(v->then);
	free(v);
}

/* ---- the hub ---- */

/* Begins a message of the ring. */
static struct buf *
text_begin(struct stream *s, const char *name)
{
	buf_clear(&s->text);
	sse_begin(&s->text, name);
	return &s->text;
}

static void
text_id(struct stream *s, uint64_t n)
{
	buf_printf(&s->text, "\nid: %s-%" PRIu64, s->boot, n);
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

/* Only the hub changes `last`: it may read it without the lock. */
static void
publish(struct stream *s, int64_t now_ms)
{
	uint64_t n = s->last + 1;
	struct sse *m;

	text_id(s, n);
	sse_end(&s->text);
	m = text_done(s, n, now_ms, false);
	pthread_mutex_lock(&s->lock);
	ring_add(s, m);
	pthread_mutex_unlock(&s->lock);
}

static void
forget_all(struct stream *s)
{
	pthread_mutex_lock(&s->lock);
	ring_clear(s);
	pthread_mutex_unlock(&s->lock);
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

/* Replaces what is at *at, under the lock. */
static void
exchange(struct stream *s, struct sse **at, struct sse *m)
{
	struct sse *before;

	pthread_mutex_lock(&s->lock);
	before = *at;
	*at = m;
	pthread_mutex_unlock(&s->lock);
	sse_unref(before);
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
	uint64_t n = s->hb != NULL ? s->hb->n + 1 : 1;

	text_begin(s, "hb");
	write_hb(s);
	exchange(s, &s->hb, text_done(s, n, now_ms, false));
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
	if (s->whole != NULL && now_ms - s->whole->at_ms < WHOLE_MS &&
	    s->whole->n + 1 >= s->first)
		return;
	news_all_points(s->news, text_begin(s, "point"));
	sse_end(&s->text);
	sse_begin(&s->text, "alarm");
	news_all_alarms(s->news, &s->text);
	text_id(s, s->last);
	sse_end(&s->text);
	exchange(s, &s->whole, text_done(s, s->last, now_ms, false));
}

/* ---- what viewers wish for ---- */

/* Under the lock. */
static void
fulfil(struct viewer *v, struct sse *hello)
{
	struct stream *s = v->stream;
	struct sse **at = &v->now;

	assert(v->now == NULL && v->then == NULL);
	v->sent = 0;
	v->since_ms = clock_mono_ms();
	if ((v->wishes & WISH_GREETING) != 0) {
		*at = sse_ref(hello);
		at = &v->then;
		v->beat = s->hb != NULL ? s->hb->n : 0;
	}
	if ((v->wishes & WISH_WHOLE) != 0) {
		*at = sse_ref(s->whole);
		v->place = s->whole->n + 1;
	}
	v->wishes = 0;
}

/* Under the lock: all that is wished for by those who wait. */
static uint8_t
wishes(const struct stream *s)
{
	uint8_t all = 0;

	for (const struct viewer *v = s->viewers; v != NULL; v = v->next)
		if (v->suspended)
			all |= v->wishes;
	return all;
}

/* Under the lock: all who have something to get go on. */
static void
resume(struct stream *s)
{
	for (struct viewer *v = s->viewers; v != NULL; v = v->next)
		if (v->suspended && viewer_has_news(v)) {
			v->suspended = false;
			MHD_resume_connection(v->connection);
		}
}

/* Who began to wish for more meanwhile has woken us again. */
static void
serve(struct stream *s, uint8_t wished, int64_t now_ms)
{
	struct sse *hello = NULL;

	if ((wished & WISH_GREETING) != 0)
		hello = greeting(s, now_ms);
	if ((wished & WISH_WHOLE) != 0)
		write_whole(s, now_ms);
	pthread_mutex_lock(&s->lock);
	for (struct viewer *v = s->viewers; v != NULL; v = v->next)
		if (v->suspended && v->wishes != 0 &&
		    (v->wishes & ~wished) == 0)
			fulfil(v, hello);
	resume(s);
	pthread_mutex_unlock(&s->lock);
	sse_unref(hello);
}

/* ---- its time ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Nobody looked: what is in the ring has a hole behind it. */
static void
begin(struct stream *s, int64_t now_ms)
{
	forget_all(s);
	news_look(s->news);
	s->idle = false;
	s->points_ms = now_ms + POINTS_MS;
	tell_hb(s, now_ms);
}

/* What is due; returns when it next wants to run. */
static int64_t
turn(struct stream *s, uint8_t wished, int64_t now_ms)
{
	if (s->idle)
		begin(s, now_ms);
	if (now_ms >= s->points_ms)
		tell_points(s, now_ms);
	if (now_ms >= s->alarms_ms)
		tell_alarms(s, now_ms);
	if (now_ms >= s->hb_ms)
		tell_hb(s, now_ms);
	serve(s, wished, now_ms);
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

/* Returns false at the end. */
static bool
look_around(struct stream *s, uint8_t *wished, int64_t now_ms)
{
	bool ending;

	pthread_mutex_lock(&s->lock);
	ending = s->ending;
	if (s->viewers != NULL)
		s->looked_ms = now_ms;
	*wished = wishes(s);
	pthread_mutex_unlock(&s->lock);
	return !ending;
}

static void *
hub(void *arg)
{
	struct stream *s = arg;
	int64_t now_ms = clock_mono_ms();
	uint8_t wished;

	while (look_around(s, &wished, now_ms)) {
		int64_t until_ms = NEVER;

		if (s->looked_ms != 0 && now_ms - s->looked_ms <= LINGER_MS)
			until_ms = turn(s, wished, now_ms);
		else
			s->idle = true;
		sleep_until(s, until_ms);
		now_ms = clock_mono_ms();
	}
	return NULL;
}

/* ---- a request ---- */

/* Under the lock.  An id that is not one of ours is none. */
static void
id_take(struct viewer *v, const char *id)
{
	const struct stream *s = v->stream;
	size_t len = strlen(s->boot);
	uint64_t n;
	char *end;

	v->wishes = WISH_GREETING | WISH_WHOLE;
	if (id == NULL || strncmp(id, s->boot, len) != 0 || id[len] != '-' ||
	    id[len + 1] < '0' || id[len + 1] > '9')
		return;
	errno = 0;
	n = strtoull(id + len + 1, &end, 10);
	if (*end != '\0' || errno != 0 || n > s->last || n + 1 < s->first)
		return;
	v->place = n + 1;
	v->wishes = WISH_GREETING;
}

/* Whose it is; nobody's behind the Unix socket. */
static void
address_take(struct viewer *v, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info != NULL ? info->client_addr : NULL;

	if (a == NULL || judge_peer(a))
		return;
	if (a->sa_family == AF_INET) {
		memset(v->address.sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(v->address.sin6_addr.s6_addr + 12,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    4);
	} else if (a->sa_family == AF_INET6) {
		v->address.sin6_addr =
		    ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	}
	v->counted = a->sa_family == AF_INET || a->sa_family == AF_INET6;
}

static struct viewer *
viewer_new(struct stream *s, struct MHD_Connection *c)
{
	struct viewer *v = must_alloc(1, sizeof(*v));

	v->stream = s;
	v->connection = c;
	v->form = answer_may_pack(c) ? SSE_PACKED : SSE_TEXT;
	address_take(v, c);
	return v;
}

/* Under the lock. */
static size_t
same_address(const struct stream *s, const struct viewer *he)
{
	size_t count = 0;

	for (const struct viewer *v = s->viewers; v != NULL; v = v->next)
		count += v->counted &&
		    memcmp(&v->address, &he->address, sizeof(v->address)) == 0;
	return count;
}

/* 0, or the status of a refusal: then he is not there. */
static unsigned
viewer_enter(struct viewer *v, const char *id)
{
	struct stream *s = v->stream;
	unsigned status = 0;

	pthread_mutex_lock(&s->lock);
	if (s->ending || s->viewer_count == STREAMS_MAX) {
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	} else if (v->counted && same_address(s, v) >= STREAMS_AN_ADDRESS) {
		status = MHD_HTTP_TOO_MANY_REQUESTS;
	} else {
		id_take(v, id);
		v->next = s->viewers;
		v->at = &s->viewers;
		if (v->next != NULL)
			v->next->at = &v->next;
		s->viewers = v;
		s->viewer_count++;
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

static enum MHD_Result
refuse(struct MHD_Connection *c, unsigned status)
{
	if (status == MHD_HTTP_TOO_MANY_REQUESTS)
		return answer_error(c, status, NULL,
		    "this address has %d streams open, which is the most: "
		    "close a page",
		    STREAMS_AN_ADDRESS);
	return answer_error(c, status, NULL,
	    "%d streams are open, which is the most, or the gateway is ending: "
	    "try again",
	    STREAMS_MAX);
}

/* Who is gone without a word shows when nothing is acknowledged; and little is
 * left to the kernel.  Without effect on a Unix socket. */
static void
tune(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	unsigned patience_ms = STUCK_S * 1000;
	int unsent = NOTSENT_BYTES;

	MHD_set_connection_option(
	    c, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)STUCK_S);
	if (info == NULL)
		return;
	setsockopt(info->connect_fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    &patience_ms, sizeof(patience_ms));
	setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent,
	    sizeof(unsent));
}

enum MHD_Result
stream_answer(struct stream *s, struct MHD_Connection *c)
{
	struct viewer *v = viewer_new(s, c);
	struct MHD_Response *r;
	unsigned status = viewer_enter(v,
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Last-Event-ID"));

	if (status != 0) {
		free(v);
		return refuse(c, status);
	}
	tune(c);
	r = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, BLOCK_BYTES, viewer_read, v, viewer_free);
	assert(r != NULL); /* as must_alloc */
	return answer_stream(c, r, v->form == SSE_PACKED);
}

/* ---- start and stop ---- */

static void
boot_make(struct stream *s)
{
	uint8_t bytes[BOOT_BYTES];
	ssize_t got = getrandom(bytes, sizeof(bytes), 0);

	assert(got == sizeof(bytes));
	for (size_t i = 0; i < BOOT_BYTES; i++)
		snprintf(s->boot + 2 * i, 3, "%02x", bytes[i]);
}

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
	s->packer = sse_packer_new();
	s->idle = true;
	s->first = 1;
	boot_make(s);
	pthread_mutex_init(&s->lock, NULL);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	error =
	    s->wake_fd == -1 ? errno : pthread_create(&s->thread, NULL, hub, s);
	if (error != 0) {
		err_set(err, "the web server's thread: %s", strerror(error));
		s->ending = true;
		stream_free(s);
		return NULL;
	}
	pthread_setname_np(s->thread, "web-stream");
	if (board != NULL)
		board_notify(board, s->wake_fd);
	return s;
}

void
stream_stop(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->board != NULL)
		board_unnotify(s->board, s->wake_fd);
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	resume(s);
	pthread_mutex_unlock(&s->lock);
	wake(s);
	pthread_join(s->thread, NULL);
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	assert(s->viewers == NULL && s->ending);
	ring_clear(s);
	sse_unref(s->hb);
	news_free(s->news);
	sse_packer_free(s->packer);
	buf_free(&s->text);
	pthread_mutex_destroy(&s->lock);
	if (s->wake_fd != -1)
		close(s->wake_fd);
	free(s);
}
