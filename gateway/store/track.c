/*
 * track.c - readings of one device, point by point
 *
 * Most readings repeat the one before at the same pace: runs say their quality
 * and type once, and what repeats is a zero that zstd makes nothing of.  The
 * noise of floats lies at the end, not compressed.
 *
 * Not done: a dictionary for zstd.  It would be one more thing without which
 * nothing can be read.
 */
#include "gateway/store/track.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/store/numbers.h"

struct track_writer {
	struct crate_packer *packer;
	struct buf body, points, section, noise;
	uint32_t name, point_count;
};

struct track_writer *
track_writer_new(void)
{
	struct track_writer *w = must_alloc(1, sizeof(*w));

	w->packer = crate_packer_new();
	return w;
}

void
track_writer_free(struct track_writer *w)
{
	if (w == NULL)
		return;
	crate_packer_free(w->packer);
	buf_free(&w->body);
	buf_free(&w->points);
	buf_free(&w->section);
	buf_free(&w->noise);
	free(w);
}

/* ---- times ---- */

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Of some of the steps: near enough. */
static int64_t
median_step(const int64_t *times_ms, uint32_t count)
{
	int64_t steps[63];
	uint32_t n = count > 63 ? 63 : count - 1;

	if (n == 0)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		size_t at = (size_t)i * (count - 1) / n;

		steps[i] = times_ms[at + 1] - times_ms[at];
	}
	qsort(steps, n, sizeof(steps[0]), by_size);
	return steps[n / 2];
}

void
track_begin(struct track_writer *w, const int64_t *times_ms, uint32_t count)
{
	int64_t before_ms = 0, step_ms;

	assert(count > 0 && count <= TRACK_READINGS_MAX);
	buf_clear(&w->body);
	buf_clear(&w->points);
	buf_clear(&w->noise);
	w->name = w->point_count = 0;
	step_ms = median_step(times_ms, count);
	bytes_put_v(&w->body, count);
	bytes_put_z(&w->body, (uint64_t)step_ms);
	for (uint32_t i = 0; i < count; i++) {
		bytes_put_z(&w->body,
		    (uint64_t)(times_ms[i] - before_ms -
			(i > 0 ? step_ms : 0)));
		before_ms = times_ms[i];
	}
}

/* ---- points ---- */

static bool
same_run(const struct track_reading *a, const struct track_reading *b)
{
	return a->value.type == b->value.type &&
	    quality_equal(a->quality, b->quality);
}

static void
put_numbers(
    struct track_writer *w, const struct track_reading *r, uint32_t count)
{
	struct numbers form = numbers_begin(r->value.type);
	struct slot_value before = {.type = r->value.type};

	for (uint32_t i = 0; i < count; i++)
		numbers_fit(&form, &r[i].value);
	bytes_put_u8(&w->section, numbers_code(&form));
	for (uint32_t i = 0; i < count; i++) {
		numbers_put(
		    &form, &w->section, &w->noise, &r[i].value, &before);
		before = r[i].value;
	}
}

static void
put_texts(struct buf *out, const struct track_reading *r, uint32_t count)
{
	const char *before = "";

	for (uint32_t i = 0; i < count; i++) {
		const char *text = r[i].value.text;
		size_t len = strlen(text);

		if (i > 0 && strcmp(text, before) == 0) {
			bytes_put_v(out, 0);
			continue;
		}
		bytes_put_v(out, len + 1);
		buf_add(out, text, len);
		before = text;
	}
}

static void
put_run(struct track_writer *w, const struct track_reading *r, uint32_t count)
{
	bytes_put_v(&w->section, count);
	bytes_put_u8(&w->section, r->value.type);
	bytes_put_u8(&w->section, r->quality.code);
	bytes_put_u8(&w->section, r->quality.detail);
	if (r->value.type == VALUE_TEXT)
		put_texts(&w->section, r, count);
	else if (r->value.type != VALUE_NONE)
		put_numbers(w, r, count);
}

void
track_put(struct track_writer *w, uint32_t name,
    const struct track_reading *readings, uint32_t count)
{
	size_t noise = w->noise.len;
	uint32_t next = 0, run;

	assert(count > 0 && (w->point_count == 0 || name > w->name));
	buf_clear(&w->section);
	for (uint32_t i = 0; i < count; i++) {
		assert(readings[i].time >= next);
		bytes_put_v(&w->section, readings[i].time - next);
		next = readings[i].time + 1;
	}
	for (uint32_t i = 0; i < count; i += run) {
		for (run = 1; i + run < count; run++)
			if (!same_run(&readings[i], &readings[i + run]))
				break;
		put_run(w, &readings[i], run);
	}
	bytes_put_v(&w->points, name - w->name);
	bytes_put_v(&w->points, count);
	bytes_put_v(&w->points, w->section.len);
	bytes_put_v(&w->points, w->noise.len - noise);
	buf_add(&w->points, w->section.data, w->section.len);
	w->name = name;
	w->point_count++;
}

/* ---- the whole ---- */

void
track_end(struct track_writer *w, struct buf *out)
{
	bytes_put_v(&w->body, w->point_count);
	buf_add(&w->body, w->points.data, w->points.len);
	crate_pack(w->packer, &w->body, &w->noise, out);
}

/* ---- from disk ---- */

void
track_free(struct track *t)
{
	crate_free(&t->crate);
	free(t->times_ms);
	*t = (struct track){0};
}

static bool
get_times(struct track *t)
{
	uint64_t count = bytes_get_v_max(&t->crate.body, TRACK_READINGS_MAX);
	uint64_t step = bytes_get_z(&t->crate.body), at = 0;

	if (t->crate.body.bad || count > bytes_left(&t->crate.body))
		return false;
	if (t->times_cap < count) {
		t->times_ms =
		    must_grow(t->times_ms, count, sizeof(t->times_ms[0]));
		t->times_cap = (uint32_t)count;
	}
	for (uint64_t i = 0; i < count; i++) {
		at += bytes_get_z(&t->crate.body) + (i > 0 ? step : 0);
		t->times_ms[i] = (int64_t)at;
	}
	t->time_count = (uint32_t)count;
	return !t->crate.body.bad;
}

bool
track_open(struct track *t, const void *bytes, size_t length)
{
	t->points_left = 0;
	t->name = 0;
	if (!crate_open(&t->crate, bytes, length) || !get_times(t))
		return false;
	t->points_left = bytes_get_v_max(&t->crate.body, UINT32_MAX);
	return !t->crate.body.bad;
}

bool
track_next(struct track *t, struct track_point *p)
{
	uint64_t section, noise;

	if (t->points_left == 0 || t->crate.body.bad)
		return false;
	t->points_left--;
	memset(p, 0, sizeof(*p));
	t->name += (uint32_t)bytes_get_v_max(&t->crate.body, UINT32_MAX);
	p->track = t;
	p->name = t->name;
	p->count = p->left =
	    (uint32_t)bytes_get_v_max(&t->crate.body, TRACK_READINGS_MAX);
	section = bytes_get_v(&t->crate.body);
	noise = bytes_get_v(&t->crate.body);
	p->times = p->values = crate_part(&t->crate.body, section);
	p->noise = crate_part(&t->crate.noise, noise);
	if (t->crate.noise.bad || p->values.bad)
		t->crate.body.bad = true;
	return !t->crate.body.bad;
}

static bool
next_run(struct track_point *p)
{
	struct numbers form = {0};

	p->run = (uint32_t)bytes_get_v_max(&p->values, p->left);
	p->type = bytes_get_u8(&p->values);
	p->quality.code = bytes_get_u8(&p->values);
	p->quality.detail = bytes_get_u8(&p->values);
	if (p->values.bad || p->run == 0 || p->type > VALUE_TEXT)
		return false;
	p->value = (struct slot_value){.type = p->type};
	p->text[0] = '\0';
	if (p->type == VALUE_NONE || p->type == VALUE_TEXT)
		return true;
	if (!numbers_decode(&form, bytes_get_u8(&p->values)) ||
	    form.type != p->type)
		return false;
	p->form_type = form.type;
	p->form_places = form.places;
	return true;
}

static void
get_text(struct track_point *p)
{
	uint64_t length = bytes_get_v_max(&p->values, SAMPLE_TEXT_MAX);
	const uint8_t *text;

	if (length == 0)
		return;
	text = bytes_get(&p->values, length - 1);
	if (text == NULL)
		return;
	memcpy(p->text, text, length - 1);
	p->text[length - 1] = '\0';
}

static void
get_value(struct track_point *p)
{
	struct numbers form = {p->form_type, p->form_places};

	if (p->type == VALUE_TEXT) {
		get_text(p);
		p->value.text = p->text;
	} else if (p->type != VALUE_NONE) {
		p->value = numbers_get(&form, &p->values, &p->noise, &p->value);
	}
	p->bad = p->values.bad || p->noise.bad;
}

bool
track_get(struct track_point *p, int64_t *at_ms, struct track_reading *r)
{
	uint64_t time;

	if (p->left == 0 || p->bad)
		return false;
	/* The values begin behind the times. */
	for (uint32_t i = 0; p->left == p->count && i < p->count; i++)
		bytes_get_v(&p->values);
	time = p->time + bytes_get_v_max(&p->times, TRACK_READINGS_MAX);
	p->bad = time >= p->track->time_count || (p->run == 0 && !next_run(p));
	if (p->bad)
		return false;
	get_value(p);
	p->run--;
	p->left--;
	p->time = (uint32_t)time + 1;
	*at_ms = p->track->times_ms[time];
	*r = (struct track_reading){
	    .time = (uint32_t)time, .quality = p->quality, .value = p->value};
	return !p->bad;
}
