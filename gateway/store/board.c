/*
 * board.c - what stands on the board, and the queue of orders
 *
 * The alarms are in no order here: a reader sorts its own copy, outside the
 * lock.  Each has a slot, so that a change is one copy and allocates nothing;
 * slots are made when as many alarms stand for the first time, grow to the
 * longest text that they had to hold, and are kept.  The loop is the only
 * writer and looks without the lock.
 *
 * An order has a ticket until its verdict was heard.  Who waited too long goes
 * away: from the queue he takes his order along; when the loop has it already
 * he leaves the ticket to it, and the verdict frees it unheard.
 *
 * Not done: a hash of the keys.  A put compares a few hundred short texts when
 * a whole estate is in alarm.
 */
#include "gateway/store/board.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/sign.h"

#define SLOT_BYTES ((size_t)1024) /* by these its text's room grows */

struct slot {
	struct board_alarm alarm; /* its members have: */
	size_t room, len; /* len with the NUL */
};

enum ticket_state { FREE, QUEUED, TAKEN, ANSWERED };

struct ticket {
	uint8_t state; /* enum ticket_state */
	bool awaited; /* somebody wants to hear the verdict */
	uint64_t number; /* the oldest is taken first */
	struct order order;
	enum order_verdict verdict;
	char why[ORDER_WHY_MAX];
};

struct board {
	pthread_mutex_t lock; /* of the alarms and of who is notified */
	size_t count, made, room; /* slots: in use, allocated, places */
	struct slot **slots;
	size_t text_len; /* of all members in use */
	uint64_t change; /* atomic; raised under the lock */
	uint64_t shown; /* events up to this seq */
	uint64_t told; /* the change of the last board_fit; the loop's */
	int notify[BOARD_NOTIFY_MAX]; /* -1: free */

	int wake_fd;
	pthread_mutex_t orders; /* of what follows */
	pthread_cond_t verdict;
	struct ticket tickets[BOARD_ORDERS_MAX];
	uint64_t number; /* of the next */
	unsigned waiting; /* threads in board_order */
	bool closed;
};

struct board *
board_new(int wake_fd)
{
	struct board *b = must_alloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	pthread_mutex_init(&b->orders, NULL);
	sign_init(&b->verdict);
	b->wake_fd = wake_fd;
	for (size_t i = 0; i < BOARD_NOTIFY_MAX; i++)
		b->notify[i] = -1;
	return b;
}

void
board_free(struct board *b)
{
	if (b == NULL)
		return;
	assert(b->waiting == 0);
	for (size_t i = 0; i < b->made; i++) {
		free(b->slots[i]->alarm.members);
		free(b->slots[i]);
	}
	free(b->slots);
	pthread_cond_destroy(&b->verdict);
	pthread_mutex_destroy(&b->orders);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* A full eventfd is readable as it is. */
static void
ring(int fd)
{
	int rc = eventfd_write(fd, 1);

	assert(rc == 0 || errno == EAGAIN);
}

/* ---- alarms: the loop's side ---- */

static struct slot *
slot_find(struct board *b, const char *key)
{
	for (size_t i = 0; i < b->count; i++)
		if (strcmp(b->slots[i]->alarm.key, key) == 0)
			return b->slots[i];
	return NULL;
}

/* Under the lock, for the places may move. */
static struct slot *
slot_new(struct board *b)
{
	if (b->count == b->room) {
		b->room = b->room * 2 + 16;
		b->slots = must_grow(b->slots, b->room, sizeof(*b->slots));
	}
	if (b->count == b->made)
		b->slots[b->made++] = must_alloc(1, sizeof(struct slot));
	return b->slots[b->count++];
}

/* Under the lock, for the text may move. */
static void
slot_write(struct slot *s, const struct board_alarm *alarm, size_t len)
{
	char *members = s->alarm.members;

	if (s->room < len) {
		s->room = (len + SLOT_BYTES - 1) / SLOT_BYTES * SLOT_BYTES;
		members = must_grow(members, s->room, 1);
	}
	s->alarm = *alarm;
	s->alarm.members = memcpy(members, alarm->members, len);
	s->len = len;
}

static void
changed(struct board *b)
{
	__atomic_fetch_add(&b->change, 1, __ATOMIC_RELEASE);
}

void
board_put(struct board *b, const struct board_alarm *alarm)
{
	size_t len = strlen(alarm->members) + 1;
	struct slot *s = slot_find(b, alarm->key);

	assert(len <= BOARD_MEMBERS_MAX);
	pthread_mutex_lock(&b->lock);
	if (s != NULL)
		b->text_len -= s->len;
	else
		s = slot_new(b);
	slot_write(s, alarm, len);
	b->text_len += len;
	changed(b);
	s->alarm.change = b->change;
	pthread_mutex_unlock(&b->lock);
}

void
board_drop(struct board *b, const char *key)
{
	struct slot *s = slot_find(b, key), **at = b->slots;

	if (s == NULL)
		return;
	while (*at != s)
		at++;
	pthread_mutex_lock(&b->lock);
	b->text_len -= s->len;
	b->count--;
	*at = b->slots[b->count];
	b->slots[b->count] = s; /* for the next one */
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

void
board_shown(struct board *b, uint64_t seq)
{
	pthread_mutex_lock(&b->lock);
	b->shown = seq;
	pthread_mutex_unlock(&b->lock);
}

/* Under the lock, so that a descriptor that board_unnotify took back is never
 * written to. */
void
board_fit(struct board *b)
{
	if (b->told == b->change)
		return;
	b->told = b->change;
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < BOARD_NOTIFY_MAX; i++)
		if (b->notify[i] != -1)
			ring(b->notify[i]);
	pthread_mutex_unlock(&b->lock);
}

/* ---- alarms: everybody's side ---- */

static int
compare(const void *left, const void *right)
{
	const struct board_alarm *a = left, *b = right;

	if (a->hidden != b->hidden)
		return a->hidden ? 1 : -1;
	if (a->unacked != b->unacked)
		return a->unacked ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->over != b->over)
		return a->over ? 1 : -1;
	if (a->since_ms != b->since_ms)
		return a->since_ms < b->since_ms ? -1 : 1;
	return strcmp(a->key, b->key);
}

static void
view_grow(struct board_view *v, size_t count, size_t text)
{
	if (v->room < count) {
		v->alarms = must_grow(v->alarms, count, sizeof(*v->alarms));
		v->room = count;
	}
	if (v->text_room < text) {
		v->text = must_grow(v->text, text, 1);
		v->text_room = text;
	}
}

/* Takes the lock once the view has room; while it grows the lock is free, and
 * more may be put. */
static void
lock_with_room(struct board *b, struct board_view *v)
{
	pthread_mutex_lock(&b->lock);
	while (v->room < b->count || v->text_room < b->text_len) {
		size_t count = b->count, text = b->text_len;

		pthread_mutex_unlock(&b->lock);
		view_grow(v, count, text);
		pthread_mutex_lock(&b->lock);
	}
}

void
board_view_take(struct board *b, struct board_view *v)
{
	size_t used = 0;

	lock_with_room(b, v);
	for (size_t i = 0; i < b->count; i++) {
		const struct slot *s = b->slots[i];

		v->alarms[i] = s->alarm;
		v->alarms[i].members =
		    memcpy(v->text + used, s->alarm.members, s->len);
		used += s->len;
	}
	v->count = b->count;
	v->change = b->change;
	v->shown = b->shown;
	pthread_mutex_unlock(&b->lock);
	if (v->count > 0)
		qsort(v->alarms, v->count, sizeof(*v->alarms), compare);
}

void
board_view_free(struct board_view *v)
{
	free(v->alarms);
	free(v->text);
	*v = (struct board_view){0};
}

uint64_t
board_change(const struct board *b)
{
	return __atomic_load_n(&b->change, __ATOMIC_ACQUIRE);
}

static void
notify_replace(struct board *b, int was, int now)
{
	bool done = false;

	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; !done && i < BOARD_NOTIFY_MAX; i++)
		if (b->notify[i] == was) {
			b->notify[i] = now;
			done = true;
		}
	pthread_mutex_unlock(&b->lock);
	assert(done);
}

void
board_notify(struct board *b, int eventfd)
{
	assert(eventfd >= 0);
	notify_replace(b, -1, eventfd);
}

void
board_unnotify(struct board *b, int eventfd)
{
	assert(eventfd >= 0);
	notify_replace(b, eventfd, -1);
}

/* ---- orders: everybody's side ---- */

/* The oldest ticket in this state, or NULL. */
static struct ticket *
ticket_in(struct board *b, enum ticket_state state)
{
	struct ticket *oldest = NULL;

	for (size_t i = 0; i < BOARD_ORDERS_MAX; i++) {
		struct ticket *t = &b->tickets[i];

		if (t->state == state &&
		    (oldest == NULL || t->number < oldest->number))
			oldest = t;
	}
	return oldest;
}

/* Wakes the loop; NULL if there is no place. */
static struct ticket *
ticket_queue(struct board *b, const struct order *o, bool awaited)
{
	struct ticket *t = ticket_in(b, FREE);

	if (t == NULL)
		return NULL;
	*t = (struct ticket){.state = QUEUED,
	    .awaited = awaited,
	    .number = b->number++,
	    .order = *o};
	ring(b->wake_fd);
	return t;
}

static enum order_verdict
busy(char why[ORDER_WHY_MAX], const char *sentence)
{
	snprintf(why, ORDER_WHY_MAX, "%s", sentence);
	return ORDER_BUSY;
}

/* It waited long enough. */
static enum order_verdict
ticket_leave(struct ticket *t, char why[ORDER_WHY_MAX])
{
	if (t->state == QUEUED) {
		t->state = FREE;
		return busy(why, "the gateway does not answer: try again");
	}
	t->awaited = false;
	return busy(why,
	    "the gateway has not answered: look at the alarm before you try "
	    "again, it may have been done");
}

static enum order_verdict
ticket_wait(struct board *b, struct ticket *t, char why[ORDER_WHY_MAX])
{
	int64_t until_ms = clock_mono_ms() + BOARD_ORDER_WAIT_MS;

	while (t->state != ANSWERED && !b->closed &&
	    sign_wait(&b->verdict, &b->orders, until_ms))
		continue;
	if (t->state != ANSWERED)
		return ticket_leave(t, why);
	memcpy(why, t->why, ORDER_WHY_MAX);
	t->state = FREE;
	return t->verdict;
}

enum order_verdict
board_order(struct board *b, const struct order *o, char why[ORDER_WHY_MAX])
{
	enum order_verdict v;
	struct ticket *t;

	pthread_mutex_lock(&b->orders);
	b->waiting++;
	t = b->closed ? NULL : ticket_queue(b, o, true);
	v = t != NULL	? ticket_wait(b, t, why)
	    : b->closed ? busy(why, "the gateway is being set up: try again")
			: busy(why, "too many orders are waiting: try again");
	b->waiting--;
	pthread_mutex_unlock(&b->orders);
	return v;
}

bool
board_send(struct board *b, const struct order *o)
{
	bool queued;

	pthread_mutex_lock(&b->orders);
	queued = ticket_queue(b, o, false) != NULL;
	pthread_mutex_unlock(&b->orders);
	return queued;
}

/* ---- orders: the loop's side ---- */

bool
board_take(struct board *b, struct order *o)
{
	struct ticket *t;

	pthread_mutex_lock(&b->orders);
	assert(ticket_in(b, TAKEN) == NULL);
	t = ticket_in(b, QUEUED);
	if (t != NULL) {
		t->state = TAKEN;
		*o = t->order;
	}
	pthread_mutex_unlock(&b->orders);
	return t != NULL;
}

void
board_answer(struct board *b, enum order_verdict v, const char *why)
{
	struct ticket *t;

	pthread_mutex_lock(&b->orders);
	t = ticket_in(b, TAKEN);
	assert(t != NULL);
	t->verdict = v;
	snprintf(t->why, sizeof(t->why), "%s", why != NULL ? why : "");
	t->state = t->awaited ? ANSWERED : FREE;
	pthread_cond_broadcast(&b->verdict);
	pthread_mutex_unlock(&b->orders);
}

void
board_close(struct board *b)
{
	pthread_mutex_lock(&b->orders);
	b->closed = true;
	pthread_cond_broadcast(&b->verdict);
	pthread_mutex_unlock(&b->orders);
}

void
board_open(struct board *b)
{
	pthread_mutex_lock(&b->orders);
	b->closed = false;
	pthread_mutex_unlock(&b->orders);
}
