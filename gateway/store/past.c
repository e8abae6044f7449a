/*
 * past.c - one point's readings of some time
 *
 * The tracks of a device are unpacked side by side; each point is then picked
 * out of each of them.  So what is in memory is the tracks, as bytes, and one
 * point's readings, never all points' at once.
 *
 * A break ends what held where it is; it comes before what follows it in the
 * log, and is sorted with the rest.
 */
#include "gateway/store/past.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

struct piece { /* a device's track of a stretch, in tracks */
	size_t at, length; /* 0: it had no readings */
	int64_t shift_ms;
	bool broken;
	int64_t ended_ms;
};

#define BEHIND                                                                 \
	((uint32_t)1 << 31) /* the order of what comes from elsewhere          \
			     */

struct entry {
	int64_t at_ms;
	uint32_t order;
	bool is_break;
	struct slot_value value;
	size_t text; /* of a text, where in texts */
};

struct past {
	struct buf tracks, texts;
	size_t piece_count, pieces_cap;
	struct piece *pieces;
	struct crate crate;
	struct track track;
	size_t count, cap;
	struct entry *entries;
	bool sorted;
	uint64_t damaged;
};

struct past *
past_new(void)
{
	return must_alloc(1, sizeof(struct past));
}

void
past_free(struct past *p)
{
	if (p == NULL)
		return;
	buf_free(&p->tracks);
	buf_free(&p->texts);
	track_free(&p->track);
	crate_free(&p->crate);
	free(p->pieces);
	free(p->entries);
	free(p);
}

uint64_t
past_damaged(const struct past *p)
{
	return p->damaged;
}

/* ---- loading ---- */

static int
keep_piece(void *context, const struct history_stretch *s, const void *track,
    size_t length)
{
	struct past *p = context;
	struct piece *piece;

	if (p->piece_count == p->pieces_cap) {
		p->pieces_cap = p->pieces_cap > 0 ? 2 * p->pieces_cap : 64;
		p->pieces =
		    must_grow(p->pieces, p->pieces_cap, sizeof(p->pieces[0]));
	}
	piece = &p->pieces[p->piece_count++];
	*piece = (struct piece){.at = p->tracks.len,
	    .length = track == NULL ? 0 : length,
	    .shift_ms = s->shift_ms,
	    .broken = s->broken,
	    .ended_ms = s->ended_ms};
	if (piece->length > 0 && crate_open(&p->crate, track, piece->length)) {
		crate_copy(&p->crate, &p->tracks);
		piece->length = p->tracks.len - piece->at;
	} else if (piece->length > 0) {
		p->damaged++;
		piece->length = 0;
	}
	return 0;
}

int
past_load(struct past *p, struct history_file *f, uint16_t device,
    int64_t from_ms, int64_t to_ms)
{
	p->piece_count = 0;
	buf_clear(&p->tracks);
	return history_file_raw(f, device, from_ms, to_ms, keep_piece, p);
}

/* ---- a point ---- */

static int
by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct entry *
append(struct past *p, int64_t at_ms, uint32_t behind)
{
	struct entry *e;

	if (p->count == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 1024;
		p->entries =
		    must_grow(p->entries, p->cap, sizeof(p->entries[0]));
	}
	e = &p->entries[p->count];
	*e = (struct entry){
	    .at_ms = at_ms, .order = (uint32_t)p->count | behind};
	if (p->count > 0 && by_time(e - 1, e) > 0)
		p->sorted = false;
	p->count++;
	return e;
}

static void
add(struct past *p, struct entry *e, const struct slot_value *v)
{
	e->value = *v;
	if (v->type != VALUE_TEXT)
		return;
	e->text = p->texts.len;
	buf_add(&p->texts, v->text, strlen(v->text) + 1);
}

void
past_add(struct past *p, int64_t at_ms, const struct slot_value *v)
{
	add(p, append(p, at_ms, BEHIND), v);
}

void
past_break(struct past *p, int64_t at_ms)
{
	append(p, at_ms, BEHIND)->is_break = true;
}

/* The point's readings, or where they end what another name told. */
static void
add_point(struct past *p, struct track_point *point, int64_t shift_ms, bool end)
{
	struct track_reading r;
	int64_t at_ms;

	while (track_get(point, &at_ms, &r))
		if (end)
			append(p, at_ms + shift_ms, 0)->is_break = true;
		else
			add(p, append(p, at_ms + shift_ms, 0), &r.value);
	p->damaged += point->bad;
}

static void
add_piece(struct past *p, const struct piece *piece, uint32_t name, bool end)
{
	struct track_point point;

	if (piece->broken && !end)
		append(p, piece->ended_ms, 0)->is_break = true;
	if (piece->length == 0)
		return;
	if (!track_open(&p->track, p->tracks.data + piece->at, piece->length)) {
		p->damaged++;
		return;
	}
	while (track_next(&p->track, &point) && point.name <= name) {
		if (point.name != name)
			continue;
		add_point(p, &point, piece->shift_ms, end);
		break;
	}
	p->damaged += p->track.crate.body.bad;
}

void
past_clear(struct past *p)
{
	p->count = 0;
	p->sorted = true;
	buf_clear(&p->texts);
}

void
past_take(struct past *p, uint32_t name)
{
	for (size_t i = 0; i < p->piece_count; i++)
		add_piece(p, &p->pieces[i], name, false);
}

void
past_take_ends(struct past *p, uint32_t name)
{
	for (size_t i = 0; i < p->piece_count; i++)
		add_piece(p, &p->pieces[i], name, true);
}

static void
sort(struct past *p)
{
	if (!p->sorted)
		qsort(p->entries, p->count, sizeof(p->entries[0]), by_time);
	p->sorted = true;
}

static struct slot_value
value_of(const struct past *p, const struct entry *e)
{
	struct slot_value v = e->value;

	if (v.type == VALUE_TEXT)
		v.text = p->texts.data + e->text;
	return v;
}

int64_t
past_first_value(struct past *p)
{
	sort(p);
	for (size_t i = 0; i < p->count; i++)
		if (p->entries[i].value.type != VALUE_NONE)
			return p->entries[i].at_ms;
	return INT64_MAX;
}

size_t
past_values_before(struct past *p, int64_t from_ms)
{
	size_t n = 0;

	sort(p);
	for (size_t i = 0; i < p->count && p->entries[i].at_ms < from_ms; i++)
		n += p->entries[i].value.type != VALUE_NONE;
	return n;
}

void
past_fill(struct past *p, struct filler *f, int64_t end_ms)
{
	sort(p);
	for (size_t i = 0; i < p->count; i++) {
		const struct entry *e = &p->entries[i];
		struct slot_value v = value_of(p, e);

		if (e->at_ms > end_ms)
			break;
		if (e->is_break)
			filler_break(f, e->at_ms);
		else
			filler_take(f, e->at_ms, &v);
	}
	filler_end(f, end_ms);
}

void
past_each(struct past *p, int64_t from_ms, int64_t to_ms, past_see *see,
    void *context)
{
	sort(p);
	for (size_t i = 0; i < p->count; i++) {
		const struct entry *e = &p->entries[i];
		struct slot_value v = value_of(p, e);

		if (e->at_ms >= from_ms && e->at_ms < to_ms)
			see(context, e->at_ms, e->is_break ? NULL : &v);
	}
}
