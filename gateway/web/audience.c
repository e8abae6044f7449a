/*
 * audience.c - the pages that have a stream open
 *
 * A viewer is a place in the ring of recent messages.  libmicrohttpd asks him
 * for bytes and they are copied out of the message he is at; when there is
 * nothing for him his connection is suspended, until the hub brings something.
 *
 * Heartbeats are not in the ring: only the newest is ever sent, since a page
 * sets its clock by it.
 *
 * Little is left to the kernel (NOTSENT_BYTES): what stands in its queue cannot
 * be skipped, and a slow page would show what is long over.
 *
 * Two locks: ours, for places and ring, and libmicrohttpd's own, which it takes
 * under ours when a connection is suspended or resumed.
 */
#include "gateway/web/audience.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/web/answer.h"
#include "gateway/web/stream.h"

#define STUCK_S 30 /* a page that takes nothing for so long is closed */
#define MESSAGE_MS 60000 /* for one message; who is slower is closed */
#define NOTSENT_BYTES 16384
#define BLOCK_BYTES 4096 /* to HTTP/1.0, which knows no chunks */

struct viewer {
	struct audience *audience;
	struct MHD_Connection *connection;
	struct viewer *next, **at;
	struct watcher watcher;
	uint8_t form; /* enum sse_form */
	bool suspended;
	uint8_t wishes; /* enum wish, several */
	uint64_t place; /* the next message's number */
	uint64_t beat; /* the heartbeat he had last */
	struct sse *now, *then; /* then: behind now; or NULL */
	size_t sent; /* bytes of now */
	int64_t since_ms; /* monotonic, when now began */
};

struct audience {
	int wake_fd;
	pthread_mutex_t lock; /* of what follows, and of viewers */
	struct viewer *viewers;
	size_t viewer_count;
	bool ending;
	struct recent recent; /* only the hub changes it */
	struct sse *hb; /* the newest; or NULL */
};

static void
wake(struct audience *a)
{
	int rc = eventfd_write(a->wake_fd, 1);

	assert(rc == 0 || errno == EAGAIN);
}

/* ---- viewers; under the lock ---- */

/* The message at his place, or NULL if he has to skip. */
static struct sse *
viewer_next(struct viewer *v, int64_t now_ms)
{
	struct audience *a = v->audience;
	struct sse *m = recent_get(&a->recent, v->place);

	if (m == NULL || now_ms - m->at_ms > RECENT_MS)
		return NULL;
	v->place++;
	return sse_ref(m);
}

/* What he gets next, or NULL: nothing is there for him yet. */
static struct sse *
viewer_pick(struct viewer *v, int64_t now_ms)
{
	struct audience *a = v->audience;
	struct sse *m = v->then;

	v->then = NULL;
	if (m != NULL)
		return m;
	if (v->wishes == 0 && a->hb != NULL && v->beat != a->hb->n) {
		v->beat = a->hb->n;
		return sse_ref(a->hb);
	}
	if (v->wishes == 0 && v->place <= a->recent.last) {
		m = viewer_next(v, now_ms);
		if (m == NULL)
			v->wishes = WISH_WHOLE;
	}
	if (v->wishes != 0)
		wake(a);
	return m;
}

static bool
viewer_has_news(const struct viewer *v)
{
	const struct audience *a = v->audience;

	return a->ending || v->now != NULL ||
	    (v->wishes == 0 &&
		(v->place <= a->recent.last ||
		    (a->hb != NULL && v->beat != a->hb->n)));
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

/* Whether he may still watch.  Asked for each piece: a heartbeat comes at least
 * every STREAM_HB_MS.  Not under the lock: the users file is looked at. */
static bool
viewer_may(const struct viewer *v, int64_t now_ms)
{
	const struct watcher *w = &v->watcher;

	return w->session == 0 ||
	    sessions_goes_on(w->sessions, w->session, now_ms);
}

/* libmicrohttpd's MHD_ContentReaderCallback. */
static ssize_t
viewer_read(void *cls, uint64_t pos, char *to, size_t room)
{
	struct viewer *v = cls;
	struct audience *a = v->audience;
	int64_t now_ms = clock_mono_ms();
	bool may = viewer_may(v, now_ms);
	ssize_t count = 0;

	(void)pos;
	pthread_mutex_lock(&a->lock);
	if (v->now == NULL && !a->ending) {
		v->now = viewer_pick(v, now_ms);
		v->sent = 0;
		v->since_ms = now_ms;
	}
	if (a->ending || !may) {
		count = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (v->now == NULL) {
		v->suspended = true;
		MHD_suspend_connection(v->connection);
	} else if (now_ms - v->since_ms > MESSAGE_MS) {
		count = MHD_CONTENT_READER_END_WITH_ERROR;
	} else {
		count = viewer_copy(v, to, room);
	}
	pthread_mutex_unlock(&a->lock);
	return count;
}

/* libmicrohttpd's MHD_ContentReaderFreeCallback. */
static void
viewer_free(void *cls)
{
	struct viewer *v = cls;
	struct audience *a = v->audience;

	pthread_mutex_lock(&a->lock);
	*v->at = v->next;
	if (v->next != NULL)
		v->next->at = v->at;
	a->viewer_count--;
	pthread_mutex_unlock(&a->lock);
	sse_unref(v->now);
	sse_unref(v->then);
	free(v);
}

/* ---- what the hub brings ---- */

/* Under the lock. */
static void
fulfil(struct viewer *v, struct sse *greeting, struct sse *whole)
{
	struct audience *a = v->audience;
	struct sse **at = &v->now;

	assert(v->now == NULL && v->then == NULL);
	v->sent = 0;
	v->since_ms = clock_mono_ms();
	if ((v->wishes & WISH_GREETING) != 0) {
		*at = sse_ref(greeting);
		at = &v->then;
		v->beat = a->hb != NULL ? a->hb->n : 0;
	}
	if ((v->wishes & WISH_WHOLE) != 0) {
		*at = sse_ref(whole);
		v->place = whole->n + 1;
	}
	v->wishes = 0;
}

/* Under the lock: all who have something to get go on. */
static void
resume(struct audience *a)
{
	for (struct viewer *v = a->viewers; v != NULL; v = v->next)
		if (v->suspended && viewer_has_news(v)) {
			v->suspended = false;
			MHD_resume_connection(v->connection);
		}
}

/* ---- a request ---- */

/* Under the lock.  An id that is none of ours, or too old, is none. */
static void
place_take(struct viewer *v, const char *id)
{
	v->wishes = WISH_GREETING;
	if (!recent_behind(&v->audience->recent, id, &v->place))
		v->wishes |= WISH_WHOLE;
}

static struct viewer *
viewer_new(
    struct audience *a, struct MHD_Connection *c, const struct watcher *who)
{
	struct viewer *v = must_alloc(1, sizeof(*v));

	v->audience = a;
	v->connection = c;
	v->form = answer_may_pack(c) ? SSE_PACKED : SSE_TEXT;
	v->watcher = *who;
	return v;
}

/* Under the lock. */
static size_t
same_address(const struct audience *a, uint64_t who)
{
	size_t count = 0;

	for (const struct viewer *v = a->viewers; v != NULL; v = v->next)
		count += v->watcher.who == who;
	return count;
}

/* 0, or the status of a refusal: then he is not there. */
static unsigned
viewer_enter(struct viewer *v, const char *id)
{
	struct audience *a = v->audience;
	unsigned status = 0;

	pthread_mutex_lock(&a->lock);
	if (a->ending || a->viewer_count == STREAMS_MAX) {
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	} else if (v->watcher.who != 0 &&
	    same_address(a, v->watcher.who) >= STREAMS_AN_ADDRESS) {
		status = MHD_HTTP_TOO_MANY_REQUESTS;
	} else {
		place_take(v, id);
		v->next = a->viewers;
		v->at = &a->viewers;
		if (v->next != NULL)
			v->next->at = &v->next;
		a->viewers = v;
		a->viewer_count++;
	}
	pthread_mutex_unlock(&a->lock);
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
audience_answer(
    struct audience *a, struct MHD_Connection *c, const struct watcher *who)
{
	struct viewer *v = viewer_new(a, c, who);
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

/* ---- the hub's ---- */

struct audience *
audience_new(int wake_fd)
{
	struct audience *a = must_alloc(1, sizeof(*a));

	a->wake_fd = wake_fd;
	pthread_mutex_init(&a->lock, NULL);
	recent_begin(&a->recent);
	return a;
}

void
audience_free(struct audience *a)
{
	assert(a->viewers == NULL);
	recent_end(&a->recent);
	sse_unref(a->hb);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

void
audience_end(struct audience *a)
{
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	resume(a);
	pthread_mutex_unlock(&a->lock);
}

/* Of those who wait: the others may find what they want in the ring. */
void
audience_look(struct audience *a, struct audience_state *state)
{
	pthread_mutex_lock(&a->lock);
	*state = (struct audience_state){
	    .any = a->viewers != NULL, .ending = a->ending};
	for (const struct viewer *v = a->viewers; v != NULL; v = v->next)
		if (v->suspended)
			state->wishes |= v->wishes;
	pthread_mutex_unlock(&a->lock);
}

const struct recent *
audience_recent(const struct audience *a)
{
	return &a->recent;
}

void
audience_tell(struct audience *a, struct sse *m)
{
	pthread_mutex_lock(&a->lock);
	recent_add(&a->recent, m);
	pthread_mutex_unlock(&a->lock);
}

void
audience_beat(struct audience *a, struct sse *m)
{
	struct sse *before;

	pthread_mutex_lock(&a->lock);
	before = a->hb;
	a->hb = m;
	pthread_mutex_unlock(&a->lock);
	sse_unref(before);
}

void
audience_forget(struct audience *a)
{
	pthread_mutex_lock(&a->lock);
	recent_clear(&a->recent);
	pthread_mutex_unlock(&a->lock);
}

/* Who began to wish for more meanwhile has rung the hub again. */
void
audience_serve(
    struct audience *a, uint8_t wishes, struct sse *greeting, struct sse *whole)
{
	pthread_mutex_lock(&a->lock);
	for (struct viewer *v = a->viewers; v != NULL; v = v->next)
		if (v->suspended && v->wishes != 0 &&
		    (v->wishes & ~wishes) == 0)
			fulfil(v, greeting, whole);
	resume(a);
	pthread_mutex_unlock(&a->lock);
}
