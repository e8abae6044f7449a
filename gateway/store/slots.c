/*
 * slots.c - slots of a device as bytes
 *
 * Column by column, so that what is the same from slot to slot stands together.
 * Most slots of most points are flat: one value, all of the time; of those
 * there are but zeros.  What is measured differs in bits that nobody can
 * foresee: of those each costs what it has, not what zstd makes of it.
 *
 * A sum is whole in units of the last place where every value is a whole
 * number of them: it was added up as a double, whose error is less than one
 * such unit as long as it is below 2^52; else the mean is told.
 */
#include "gateway/store/slots.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/store/rice.h"

/* ---- what both sides do ---- */

static bool
flat(const struct slot *s)
{
	return slot_same(&s->min, &s->max);
}

/* What a flat slot's value sums up to. */
static double
flat_area(const struct slot *s)
{
	return slot_number(&s->min) * (double)s->covered_ms;
}

struct slot_value
slots_mid(const struct slot *s, uint8_t type)
{
	double low = slot_number(&s->min), high = slot_number(&s->max);

	return (struct slot_value){.type = type, .f = low / 2 + high / 2};
}

uint64_t
slots_mid_sum(const struct slot *s, const struct numbers *form)
{
	uint64_t height =
	    numbers_order(form, &s->max) - numbers_order(form, &s->min);

	return height * (uint64_t)s->covered_ms / 2;
}

/* ---- to disk ---- */

struct slots_writer {
	struct crate_packer *packer;
	struct buf body, points, section, noise;
	int64_t step_ms;
	uint32_t slot_count, name, point_count;
	struct slots_point now; /* under work */
	uint64_t column[SLOTS_MAX];
};

struct slots_writer *
slots_writer_new(void)
{
	struct slots_writer *w = must_alloc(1, sizeof(*w));

	w->packer = crate_packer_new();
	return w;
}

void
slots_writer_free(struct slots_writer *w)
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

void
slots_begin(struct slots_writer *w, int64_t step_ms, uint32_t count)
{
	assert(count <= SLOTS_MAX);
	buf_clear(&w->points);
	buf_clear(&w->noise);
	w->step_ms = step_ms;
	w->slot_count = count;
	w->name = w->point_count = w->now.count = 0;
}

void
slots_add(struct slots_writer *w, uint32_t index, const struct slot *slot)
{
	struct slots_point *p = &w->now;

	assert(index < w->slot_count && p->count < SLOTS_MAX);
	assert(p->count == 0 || index > p->of[p->count - 1].index);
	if (slot_empty(slot))
		return;
	p->of[p->count].index = index;
	p->of[p->count++].slot = *slot;
}

static void
put_heads(struct slots_writer *w)
{
	const struct slots_point *p = &w->now;
	uint32_t next = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		bytes_put_v(&w->section, p->of[i].index - next);
		next = p->of[i].index + 1;
	}
	for (uint32_t i = 0; i < p->count; i++)
		bytes_put_v(&w->section, p->of[i].slot.count);
	for (uint32_t i = 0; i < p->count; i++)
		bytes_put_v(&w->section,
		    (uint64_t)(w->step_ms - p->of[i].slot.covered_ms));
}

/* ---- numbers ---- */

static double
sum_of(const struct slot *s, const struct numbers *form)
{
	return (s->area - flat_area(s)) * numbers_unit(form);
}

static uint8_t
choose_mean(
    const struct slots_writer *w, uint32_t at, uint32_t n, struct numbers form)
{
	for (uint32_t i = at; i < at + n; i++) {
		const struct slot *s = &w->now.of[i].slot;
		double most = fabs(s->area);

		if (fabs(flat_area(s)) > most)
			most = fabs(flat_area(s));
		if (!numbers_whole(&form) ||
		    most * numbers_unit(&form) >= 0x1p52)
			return form.type == VALUE_F32 ? MEAN_FLOAT
						      : MEAN_DOUBLE;
	}
	return MEAN_SUM;
}

static void
put_column(struct slots_writer *w, uint32_t count, bool noisy)
{
	if (noisy)
		rice_put(&w->section, &w->noise, w->column, count);
	for (uint32_t i = 0; !noisy && i < count; i++)
		bytes_put_v(&w->section, w->column[i]);
}

static uint64_t
mean_beside_mid(const struct slot *s, uint8_t how, const struct numbers *form)
{
	struct numbers f = {.type = how == MEAN_FLOAT ? VALUE_F32 : VALUE_F64,
	    .places = NUMBERS_FLOAT};
	struct slot_value mean = {.type = f.type}, mid = slots_mid(s, f.type);
	double sum;

	if (how == MEAN_SUM) {
		sum = sum_of(s, form);
		return (sum > 0 ? (uint64_t)llrint(sum) : 0) -
		    slots_mid_sum(s, form);
	}
	mean.f = slot_mean(s);
	return numbers_order(&f, &mean) - numbers_order(&f, &mid);
}

static void
put_means(struct slots_writer *w, uint32_t at, uint32_t n, uint8_t how,
    const struct numbers *form)
{
	uint32_t count = 0;

	for (uint32_t i = at; i < at + n; i++) {
		const struct slot *s = &w->now.of[i].slot;

		if (!flat(s))
			w->column[count++] =
			    bytes_fold(mean_beside_mid(s, how, form));
	}
	put_column(w, count, how != MEAN_SUM);
}

static void
put_states(struct buf *out, const struct slot *s)
{
	uint64_t before = 0;

	if (flat(s))
		return;
	bytes_put_v(out, s->state_count);
	for (size_t i = 0; i < s->state_count; i++) {
		bytes_put_z(out, (uint64_t)s->states[i].state - before);
		bytes_put_v(out, (uint64_t)s->states[i].ms);
		before = (uint64_t)s->states[i].state;
	}
	bytes_put_v(out, (uint64_t)s->other_ms);
}

static uint8_t
how_counted(const struct slot *s)
{
	if (s->first.type == VALUE_NONE)
		return COUNTED_NONE;
	if (!slot_rose(s))
		return COUNTED_TOLD;
	return slot_same(&s->first, &s->min) && slot_same(&s->counted, &s->max)
	    ? COUNTED_ALL
	    : COUNTED_ROSE;
}

static void
put_counted(
    struct slots_writer *w, const struct slot *s, const struct numbers *form)
{
	uint8_t how = how_counted(s);
	uint64_t bits;

	bytes_put_u8(&w->section, how);
	if (how == COUNTED_ALL || how == COUNTED_NONE)
		return;
	numbers_put(form, &w->section, &w->noise, &s->first, &s->min);
	numbers_put(form, &w->section, &w->noise, &s->counted, &s->max);
	if (how == COUNTED_ROSE)
		return;
	bytes_put_v(&w->section, s->falls);
	memcpy(&bits, &s->increase, sizeof(bits));
	bytes_put_u64(&w->section, bits);
}

static struct numbers
form_of(const struct slots_writer *w, uint32_t at, uint32_t n)
{
	struct numbers form = numbers_begin(w->now.of[at].slot.last.type);

	for (uint32_t i = at; i < at + n; i++) {
		const struct slot *s = &w->now.of[i].slot;

		numbers_fit(&form, &s->last);
		numbers_fit(&form, &s->min);
		numbers_fit(&form, &s->max);
		if (s->first.type != VALUE_NONE) {
			numbers_fit(&form, &s->first);
			numbers_fit(&form, &s->counted);
		}
	}
	return form;
}

static void
put_values(
    struct slots_writer *w, uint32_t at, uint32_t n, const struct numbers *form)
{
	bool noisy = !numbers_whole(form);
	const struct slot *s;
	uint64_t before = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t last =
		    numbers_order(form, &w->now.of[at + i].slot.last);

		w->column[i] = bytes_fold(last - before);
		before = last;
	}
	put_column(w, n, noisy);
	for (uint32_t i = 0; i < n; i++) {
		s = &w->now.of[at + i].slot;
		w->column[i] = numbers_order(form, &s->last) -
		    numbers_order(form, &s->min);
	}
	put_column(w, n, noisy);
	for (uint32_t i = 0; i < n; i++) {
		s = &w->now.of[at + i].slot;
		w->column[i] = numbers_order(form, &s->max) -
		    numbers_order(form, &s->last);
	}
	put_column(w, n, noisy);
}

static void
put_numbers(struct slots_writer *w, uint32_t at, uint32_t n)
{
	struct numbers form = form_of(w, at, n);
	uint8_t how = choose_mean(w, at, n, form);

	bytes_put_u8(&w->section, numbers_code(&form));
	bytes_put_u8(&w->section, how);
	put_values(w, at, n, &form);
	if (form.type != VALUE_ENUM)
		put_means(w, at, n, how, &form);
	for (uint32_t i = at; form.type == VALUE_ENUM && i < at + n; i++)
		put_states(&w->section, &w->now.of[i].slot);
	for (uint32_t i = at; w->now.counter && i < at + n; i++)
		put_counted(w, &w->now.of[i].slot, &form);
}

static void
put_texts(struct slots_writer *w, uint32_t at, uint32_t n)
{
	const char *before = "";

	for (uint32_t i = at; i < at + n; i++) {
		const char *text = w->now.of[i].slot.text;
		bool same = i > at && strcmp(text, before) == 0;

		bytes_put_v(&w->section, same ? 0 : strlen(text) + 1);
		if (!same)
			buf_add(&w->section, text, strlen(text));
		before = text;
	}
}

/* All of one type. */
static uint32_t
run_at(const struct slots_writer *w, uint32_t at)
{
	uint32_t n = 1;

	while (at + n < w->now.count &&
	    w->now.of[at + n].slot.last.type == w->now.of[at].slot.last.type)
		n++;
	return n;
}

static void
widen(struct slot_value *v)
{
	double x = slot_number(v);

	if (v->type == VALUE_NONE)
		return;
	v->type = VALUE_F64;
	v->f = x;
}

/* A point may have become of another type within the slot: then its numbers
 * are doubles. */
static void
unify(struct slot *s)
{
	struct slot_value *all[] = {
	    &s->min, &s->max, &s->last, &s->first, &s->counted};
	bool same = true;

	if (s->last.type == VALUE_TEXT || s->last.type == VALUE_NONE)
		return;
	if (s->min.type == VALUE_NONE)
		s->min = s->max = s->last;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		same = same &&
		    (all[i]->type == VALUE_NONE ||
			all[i]->type == s->last.type);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !same; i++)
		widen(all[i]);
}

void
slots_put(struct slots_writer *w, uint32_t name, bool counter)
{
	size_t noise = w->noise.len;
	struct slots_point *p = &w->now;

	if (p->count == 0)
		return;
	assert(w->point_count == 0 || name > w->name);
	p->counter = counter;
	buf_clear(&w->section);
	for (uint32_t i = 0; i < p->count; i++)
		unify(&p->of[i].slot);
	put_heads(w);
	for (uint32_t i = 0, n; i < p->count; i += n) {
		n = run_at(w, i);
		bytes_put_v(&w->section, n);
		bytes_put_u8(&w->section, p->of[i].slot.last.type);
		if (p->of[i].slot.last.type == VALUE_TEXT)
			put_texts(w, i, n);
		else
			put_numbers(w, i, n);
	}
	bytes_put_v(&w->points, name - w->name);
	bytes_put_u8(&w->points, counter);
	bytes_put_v(&w->points, p->count);
	bytes_put_v(&w->points, w->section.len);
	bytes_put_v(&w->points, w->noise.len - noise);
	buf_add(&w->points, w->section.data, w->section.len);
	w->name = name;
	w->point_count++;
	p->count = 0;
}

bool
slots_end(struct slots_writer *w, struct buf *out)
{
	if (w->point_count == 0)
		return false;
	buf_clear(&w->body);
	bytes_put_v(&w->body, w->point_count);
	buf_add(&w->body, w->points.data, w->points.len);
	crate_pack(w->packer, &w->body, &w->noise, out);
	return true;
}
