/*
 * sheaf.c - readings gathered in memory
 *
 * A reading takes sixteen bytes, in the order it came.  To lay them out an
 * index of them is sorted by device, name and order.
 */
#include "gateway/store/sheaf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

struct entry {
	union {
		double f;
		uint64_t u; /* also an I64's bits; where a text lies in texts;
			       where there is no value, its quality's detail */
	};
	uint32_t name;
	uint16_t batch;
	uint8_t type, quality;
};

_Static_assert(sizeof(struct entry) == 16, "as small as that");
_Static_assert(SHEAF_BATCHES_MAX <= UINT16_MAX, "a batch's number");

struct moment {
	int64_t at_ms;
	uint16_t device;
};

struct sheaf {
	uint32_t count, batch_count;
	size_t texts_used;
	struct entry *entries; /* of SHEAF_READINGS_MAX */
	struct moment *batches; /* of SHEAF_BATCHES_MAX */
	char *texts;
	/* for laying out */
	uint32_t *order;
	uint16_t *place; /* of a batch among those of its device */
	int64_t *times;
	struct track_reading *readings;
	struct track_writer *writer;
	struct buf track;
};

struct sheaf *
sheaf_new(void)
{
	struct sheaf *s = must_alloc(1, sizeof(*s));

	s->entries = must_map(SHEAF_READINGS_MAX * sizeof(s->entries[0]));
	s->batches = must_map(SHEAF_BATCHES_MAX * sizeof(s->batches[0]));
	s->texts = must_map(SHEAF_TEXTS_BYTES);
	s->order = must_map(SHEAF_READINGS_MAX * sizeof(s->order[0]));
	s->place = must_map(SHEAF_BATCHES_MAX * sizeof(s->place[0]));
	s->times = must_map(SHEAF_BATCHES_MAX * sizeof(s->times[0]));
	s->readings = must_map(SHEAF_BATCHES_MAX * sizeof(s->readings[0]));
	s->writer = track_writer_new();
	return s;
}

void
sheaf_free(struct sheaf *s)
{
	if (s == NULL)
		return;
	must_unmap(s->entries, SHEAF_READINGS_MAX * sizeof(s->entries[0]));
	must_unmap(s->batches, SHEAF_BATCHES_MAX * sizeof(s->batches[0]));
	must_unmap(s->texts, SHEAF_TEXTS_BYTES);
	must_unmap(s->order, SHEAF_READINGS_MAX * sizeof(s->order[0]));
	must_unmap(s->place, SHEAF_BATCHES_MAX * sizeof(s->place[0]));
	must_unmap(s->times, SHEAF_BATCHES_MAX * sizeof(s->times[0]));
	must_unmap(s->readings, SHEAF_BATCHES_MAX * sizeof(s->readings[0]));
	track_writer_free(s->writer);
	buf_free(&s->track);
	free(s);
}

void
sheaf_clear(struct sheaf *s)
{
	s->count = s->batch_count = 0;
	s->texts_used = 0;
}

bool
sheaf_empty(const struct sheaf *s)
{
	return s->count == 0;
}

void
sheaf_ends(const struct sheaf *s, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = *to_ms = s->batch_count > 0 ? s->batches[0].at_ms : 0;
	for (uint32_t i = 1; i < s->batch_count; i++) {
		int64_t at_ms = s->batches[i].at_ms;

		if (at_ms < *from_ms)
			*from_ms = at_ms;
		if (at_ms > *to_ms)
			*to_ms = at_ms;
	}
}

/* ---- in ---- */

bool
sheaf_room(const struct sheaf *s, const struct batch *b)
{
	size_t texts = 0;

	for (uint16_t i = 0; i < b->count; i++)
		if (b->readings[i].value.type == VALUE_TEXT)
			texts += strlen(b->readings[i].value.text) + 1;
	return s->batch_count < SHEAF_BATCHES_MAX &&
	    s->count + b->count <= SHEAF_READINGS_MAX &&
	    s->texts_used + texts <= SHEAF_TEXTS_BYTES;
}

static void
keep(struct sheaf *s, const struct reading *r, uint32_t name)
{
	struct slot_value v = slot_value(&r->value);
	uint8_t code = r->quality.code < QUALITY_COUNT ? r->quality.code
						       : QUALITY_BAD_DECODE;
	struct entry *e = &s->entries[s->count++];

	*e = (struct entry){.u = v.type == VALUE_NONE ? r->quality.detail : v.u,
	    .name = name,
	    .batch = (uint16_t)(s->batch_count - 1),
	    .type = v.type,
	    .quality = code};
	if (v.type != VALUE_TEXT)
		return;
	e->u = s->texts_used;
	strcpy(s->texts + s->texts_used, v.text);
	s->texts_used += strlen(v.text) + 1;
}

bool
sheaf_add(struct sheaf *s, int64_t at_ms, uint16_t device,
    const struct batch *b, const uint32_t *names)
{
	if (!sheaf_room(s, b))
		return false;
	s->batches[s->batch_count++] = (struct moment){at_ms, device};
	for (uint16_t i = 0; i < b->count; i++)
		keep(s, &b->readings[i], names[b->readings[i].point]);
	return true;
}

/* ---- out ---- */

static void
reading_of(
    const struct sheaf *s, const struct entry *e, struct track_reading *r)
{
	*r = (struct track_reading){
	    .quality = {.code = e->quality}, .value = {.type = e->type}};
	if (e->type == VALUE_NONE)
		r->quality.detail = (uint8_t)e->u;
	else if (e->type == VALUE_TEXT)
		r->value.text = s->texts + e->u;
	else
		r->value.u = e->u;
}

void
sheaf_read(const struct sheaf *s, uint16_t device, uint32_t name,
    sheaf_see_reading *see, void *context)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct entry *e = &s->entries[i];
		struct track_reading r;

		if (e->name != name || s->batches[e->batch].device != device)
			continue;
		reading_of(s, e, &r);
		see(context, s->batches[e->batch].at_ms, &r);
	}
}

static int
by_place(const void *a, const void *b, void *context)
{
	const struct sheaf *s = context;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	const struct entry *x = &s->entries[i], *y = &s->entries[k];
	uint16_t m = s->batches[x->batch].device;
	uint16_t n = s->batches[y->batch].device;

	if (m != n)
		return m < n ? -1 : 1;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* The times of one device, and where in them each of its batches is. */
static uint32_t
lay_times(struct sheaf *s, uint16_t device)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->batch_count; i++) {
		if (s->batches[i].device != device)
			continue;
		s->place[i] = (uint16_t)n;
		s->times[n++] = s->batches[i].at_ms;
	}
	return n;
}

/* A point twice in one batch is the later one. */
static uint32_t
lay_point(struct sheaf *s, uint32_t at, uint32_t end)
{
	uint32_t name = s->entries[s->order[at]].name, n = 0, i;

	for (i = at; i < end; i++) {
		const struct entry *e = &s->entries[s->order[i]];
		uint32_t time = s->place[e->batch];

		if (e->name != name)
			break;
		if (n > 0 && s->readings[n - 1].time == time)
			n--;
		reading_of(s, e, &s->readings[n]);
		s->readings[n++].time = time;
	}
	track_put(s->writer, name, s->readings, n);
	return i;
}

/* The one at `at` and the rest of its device; returns where the next is. */
static uint32_t
lay_device(struct sheaf *s, uint32_t at, uint16_t device)
{
	uint32_t end = at;

	while (end < s->count &&
	    s->batches[s->entries[s->order[end]].batch].device == device)
		end++;
	track_begin(s->writer, s->times, lay_times(s, device));
	while (at < end)
		at = lay_point(s, at, end);
	buf_clear(&s->track);
	track_end(s->writer, &s->track);
	return end;
}

int
sheaf_lay(struct sheaf *s, sheaf_see *see, void *context)
{
	int rc = 0;

	for (uint32_t i = 0; i < s->count; i++)
		s->order[i] = i;
	qsort_r(s->order, s->count, sizeof(s->order[0]), by_place, s);
	for (uint32_t i = 0; i < s->count && rc == 0;) {
		uint16_t device =
		    s->batches[s->entries[s->order[i]].batch].device;

		i = lay_device(s, i, device);
		rc = see(context, device, &s->track);
	}
	return rc;
}
