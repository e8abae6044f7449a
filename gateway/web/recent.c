/* recent.c - the newest messages of the stream */
#include "gateway/web/recent.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
recent_begin(struct recent *r)
{
	uint32_t boot;
	ssize_t got = getrandom(&boot, sizeof(boot), 0);

	assert(got == sizeof(boot));
	*r = (struct recent){.first = 1};
	snprintf(r->boot, sizeof(r->boot), "%08" PRIx32, boot);
}

static void
drop(struct recent *r)
{
	struct sse **m = &r->ring[r->first++ % RECENT_COUNT];

	r->bytes -= sse_size(*m);
	sse_unref(*m);
	*m = NULL;
}

void
recent_end(struct recent *r)
{
	while (r->first <= r->last)
		drop(r);
}

/* Its oldest is of no use any more, or there is too much. */
static bool
too_much(const struct recent *r, int64_t now_ms)
{
	return r->bytes > RECENT_BYTES ||
	    now_ms - r->ring[r->first % RECENT_COUNT]->at_ms > RECENT_MS;
}

void
recent_add(struct recent *r, struct sse *m)
{
	assert(m->n == r->last + 1);
	if (m->n - r->first == RECENT_COUNT)
		drop(r);
	r->ring[m->n % RECENT_COUNT] = m;
	r->last = m->n;
	r->bytes += sse_size(m);
	while (r->first < r->last && too_much(r, m->at_ms))
		drop(r);
}

void
recent_clear(struct recent *r)
{
	recent_end(r);
	r->last++;
	r->first = r->last + 1;
}

struct sse *
recent_get(const struct recent *r, uint64_t n)
{
	return n >= r->first && n <= r->last ? r->ring[n % RECENT_COUNT] : NULL;
}

void
recent_put_id(const struct recent *r, struct buf *b, uint64_t n)
{
	buf_printf(b, "\nid: %s-%" PRIu64, r->boot, n);
}

bool
recent_behind(const struct recent *r, const char *id, uint64_t *n)
{
	size_t len = strlen(r->boot);
	uint64_t had;
	char *end;

	if (id == NULL || strncmp(id, r->boot, len) != 0 || id[len] != '-' ||
	    id[len + 1] < '0' || id[len + 1] > '9')
		return false;
	errno = 0;
	had = strtoull(id + len + 1, &end, 10);
	if (*end != '\0' || errno != 0 || had > r->last || had + 1 < r->first)
		return false;
	*n = had + 1;
	return true;
}
