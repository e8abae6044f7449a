/* bucket.c - how often a channel may be asked */
#include "gateway/sinks/bucket.h"

#include <assert.h>
#include <stdlib.h>

#include "gateway/base/arena.h"

void
bucket_open(struct bucket *b, size_t a_minute, size_t kept)
{
	assert(kept < a_minute);
	*b = (struct bucket){.a_minute = a_minute,
	    .kept = kept,
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

int64_t
bucket_when(const struct bucket *b, bool urgent, int64_t now_ms)
{
	size_t most = b->a_minute - (urgent ? 0 : b->kept);
	int64_t when_ms = now_ms, free_ms;

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
	size_t used = 0;

	while (used < b->count && time_of(b, used) + BUCKET_MS > now_ms)
		used++;
	return b->a_minute - used;
}

void
bucket_begin(struct bucket *b, int64_t now_ms)
{
	assert(!b->busy);
	b->busy = true;
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
}

void
bucket_move(struct bucket *b, int64_t by_ms, int64_t now_ms)
{
	for (size_t n = 0; n < b->count; n++) {
		int64_t *time =
		    &b->times[(b->last + b->a_minute - n) % b->a_minute];

		*time = *time + by_ms < now_ms ? *time + by_ms : now_ms;
	}
}
