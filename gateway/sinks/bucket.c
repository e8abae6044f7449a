/* bucket.c - how often a channel may be asked */
#include "gateway/sinks/bucket.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

#define NEVER_YET (INT64_MIN / 2)

void
bucket_open(struct bucket *b, size_t a_minute, size_t kept)
{
	assert(kept < a_minute);
	*b = (struct bucket){.a_minute = a_minute,
	    .kept = kept,
	    .urgent_ms = NEVER_YET,
	    .times = must_alloc(a_minute, sizeof(*b->times))};
}

void
bucket_close(struct bucket *b)
{
	free(b->times);
	b->times = NULL;
}

/* The n-th newest, from 0. */
static int64_t
time_of(const struct bucket *b, size_t n)
{
	return b->times[(b->last + b->a_minute - n) % b->a_minute];
}

static size_t
used(const struct bucket *b, int64_t now_ms)
{
	size_t count = 0;

	while (count < b->count && time_of(b, count) + BUCKET_MS > now_ms)
		count++;
	return count;
}

/* When the next urgent one may begin so that what is left lasts.  Before the
 * k-th oldest request counts no more (from 1) there are room + k - 1 to be
 * had, this one among them. */
static int64_t
paced_ms(const struct bucket *b, int64_t now_ms)
{
	int64_t count = (int64_t)used(b, now_ms);
	int64_t room = (int64_t)b->a_minute - count, when_ms = now_ms;

	for (int64_t k = 1; k <= count; k++) {
		int64_t free_ms = time_of(b, (size_t)(count - k)) + BUCKET_MS;
		int64_t left = room + k - 1, short_ms, even_ms;

		if (left == 0)
			continue; /* then it waits for that anyway */
		/* At the pace it would last from here; or evenly from the last
		 * urgent one. */
		short_ms = free_ms - left * BUCKET_PACE_MS;
		even_ms = b->urgent_ms + (free_ms - b->urgent_ms) / (left + 1);
		if (even_ms < short_ms)
			short_ms = even_ms;
		if (short_ms > when_ms)
			when_ms = short_ms;
	}
	return when_ms;
}

int64_t
bucket_when(const struct bucket *b, bool urgent, int64_t now_ms)
{
	size_t most = b->a_minute - (urgent ? 0 : b->kept);
	int64_t when_ms = now_ms, free_ms;

	if (urgent)
		when_ms = paced_ms(b, now_ms);
	if (b->count > 0 && time_of(b, 0) + BUCKET_GAP_MS > when_ms)
		when_ms = time_of(b, 0) + BUCKET_GAP_MS;
	if (b->count < most)
		return when_ms;
	free_ms = time_of(b, most - 1) + BUCKET_MS;
	return free_ms > when_ms ? free_ms : when_ms;
}

size_t
bucket_room(const struct bucket *b, int64_t now_ms)
{
	int64_t count = (int64_t)used(b, now_ms);
	int64_t free = (int64_t)b->a_minute - count;
	/* as if all of them ended now */
	int64_t room = (int64_t)b->a_minute + 1 - BUCKET_MS / BUCKET_PACE_MS;

	if (free < room)
		room = free;
	for (int64_t k = 1; k <= count; k++) {
		int64_t ms =
		    time_of(b, (size_t)(count - k)) + BUCKET_MS - now_ms;
		int64_t most =
		    free + k - (ms + BUCKET_PACE_MS - 1) / BUCKET_PACE_MS;

		if (most < room)
			room = most;
	}
	return room > 1 ? (size_t)room : 1;
}

void
bucket_begin(struct bucket *b, bool urgent, int64_t now_ms)
{
	assert(!b->busy);
	b->busy = true;
	b->urgent = urgent;
	b->last = (b->last + 1) % b->a_minute;
	b->times[b->last] = now_ms;
	if (b->count < b->a_minute)
		b->count++;
}

void
bucket_end(struct bucket *b, int64_t now_ms)
{
	assert(b->busy);
	b->busy = false;
	b->times[b->last] = now_ms;
	if (b->urgent)
		b->urgent_ms = now_ms;
}

void
bucket_move(struct bucket *b, int64_t by_ms, int64_t now_ms)
{
	int64_t most_ms = now_ms;

	for (size_t n = 0; n < b->count; n++) {
		int64_t *time =
		    &b->times[(b->last + b->a_minute - n) % b->a_minute];

		if (*time + by_ms < most_ms)
			most_ms = *time + by_ms;
		*time = most_ms;
	}
}
