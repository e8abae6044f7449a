/*
 * parcel.c - lines that are written together, and what became of each, pure
 *
 * What is still to be sent is a stack of ranges of lines.  A cut replaces the
 * range on top by its halves, the first one on top, so the depth is at most the
 * number of times that 5,000 can be halved, and lines leave in their order.
 *
 * One bad line among n costs 2 log2 n requests more.
 */
#include "gateway/sinks/parcel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/line.h"

#define ITEMS_MAX PARCEL_LINES_MAX
#define LINES_MAX (PARCEL_LINES_MAX + 1) /* the last item may have two */
#define RANGES_MAX 16

struct line {
	uint32_t begin, end; /* in text, with its \n */
	uint32_t item;
	bool refused;
};

struct item {
	uint64_t seq, upto, readings;
	bool gap;
	const char *refused; /* why, or NULL */
};

struct range {
	uint32_t first, count;
};

struct parcel {
	char *memory;
	struct buf text;
	uint8_t lane;
	uint32_t item_count, line_count;
	struct item items[ITEMS_MAX];
	struct line lines[LINES_MAX];
	bool begun, written;
	size_t refused;
	uint32_t depth;
	struct range ranges[RANGES_MAX];
};

_Static_assert(1 << (RANGES_MAX - 2) > LINES_MAX, "halves find room");

struct parcel *
parcel_new(void)
{
	struct parcel *p = must_alloc(1, sizeof(*p));

	p->memory = must_alloc(1, PARCEL_REQUEST_MAX + 1);
	buf_fixed(&p->text, p->memory, PARCEL_REQUEST_MAX + 1);
	return p;
}

void
parcel_free(struct parcel *p)
{
	if (p == NULL)
		return;
	free(p->memory);
	free(p);
}

void
parcel_clear(struct parcel *p)
{
	buf_clear(&p->text);
	p->item_count = p->line_count = p->depth = 0;
	p->refused = 0;
	p->begun = p->written = false;
}

bool
parcel_room(const struct parcel *p, size_t bytes)
{
	return !p->begun &&
	    (p->item_count == 0 ||
		(p->text.len < bytes && p->item_count < ITEMS_MAX &&
		    p->line_count < PARCEL_LINES_MAX));
}

/* Notes the lines that stand in text from begin on. */
static void
add_lines(struct parcel *p, size_t begin, uint32_t item)
{
	const char *text = p->text.data;

	while (begin < p->text.len) {
		const char *end =
		    memchr(text + begin, '\n', p->text.len - begin);
		size_t behind = (size_t)(end - text) + 1;

		p->lines[p->line_count++] =
		    (struct line){.begin = (uint32_t)begin,
			.end = (uint32_t)behind,
			.item = item};
		begin = behind;
	}
}

void
parcel_put(struct parcel *p, const char *site, const struct follower_item *item)
{
	struct item *to = &p->items[p->item_count];
	size_t begin = p->text.len;
	int lines = 0;

	assert(!p->begun && p->item_count < ITEMS_MAX);
	assert(p->item_count == 0 || p->lane == item->lane);
	p->lane = item->lane;
	*to = (struct item){.seq = item->seq,
	    .upto = item->upto,
	    .readings = item->readings,
	    .gap = item->gap};
	if (!item->gap && item->device != NULL)
		lines = line_put(&p->text, site, item);
	if (lines == -1)
		to->refused = "refused";
	if (p->text.full) {
		p->text.full = false;
		p->text.len = begin;
		p->text.data[begin] = '\0';
		to->refused = "size";
	}
	add_lines(p, begin, p->item_count++);
}

size_t
parcel_items(const struct parcel *p)
{
	return p->item_count;
}

size_t
parcel_lines(const struct parcel *p)
{
	return p->line_count;
}

bool
parcel_next(struct parcel *p, const char **text, size_t *length, size_t *lines)
{
	const struct range *r;

	if (!p->begun && p->line_count > 0)
		p->ranges[p->depth++] = (struct range){0, p->line_count};
	p->begun = true;
	if (p->depth == 0)
		return false;
	r = &p->ranges[p->depth - 1];
	*text = p->text.data + p->lines[r->first].begin;
	*length =
	    p->lines[r->first + r->count - 1].end - p->lines[r->first].begin;
	*lines = r->count;
	return true;
}

void
parcel_written(struct parcel *p)
{
	assert(p->depth > 0);
	p->depth--;
	p->written = true;
}

void
parcel_refuse(struct parcel *p, const char *reason)
{
	struct range r;

	assert(p->depth > 0);
	r = p->ranges[--p->depth];
	for (uint32_t i = r.first; i < r.first + r.count; i++) {
		p->lines[i].refused = true;
		p->items[p->lines[i].item].refused = reason;
	}
	p->refused += r.count;
}

void
parcel_cut(struct parcel *p, const char *reason)
{
	struct range *r = &p->ranges[p->depth - 1];
	struct range first;

	assert(p->depth > 0);
	if (r->count == 1) {
		parcel_refuse(p, reason);
		return;
	}
	assert(p->depth < RANGES_MAX);
	first = (struct range){r->first, r->count / 2};
	r->first += first.count;
	r->count -= first.count;
	p->ranges[p->depth++] = first;
}

bool
parcel_any_written(const struct parcel *p)
{
	return p->written;
}

size_t
parcel_refused(const struct parcel *p)
{
	return p->refused;
}

const char *
parcel_item(const struct parcel *p, size_t n, struct follower_item *item)
{
	const struct item *from = &p->items[n];

	assert(n < p->item_count);
	*item = (struct follower_item){.lane = p->lane,
	    .gap = from->gap,
	    .seq = from->seq,
	    .upto = from->upto,
	    .readings = from->readings};
	return from->refused;
}

const char *
parcel_line(const struct parcel *p, size_t n, size_t *length)
{
	const struct line *l = &p->lines[n];

	assert(n < p->line_count);
	*length = l->end - l->begin - 1;
	return l->refused ? p->text.data + l->begin : NULL;
}
