/*
 * slots_unpack.c - slots of a device from bytes
 *
 * A point that is not asked for costs its head: its section is passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/store/rice.h"
#include "gateway/store/slots.h"

/* A point's streams. */
struct streams {
	struct bytes in, noise;
};

void
slots_free(struct slots *s)
{
	crate_free(&s->crate);
	*s = (struct slots){0};
}

bool
slots_open(struct slots *s, int64_t step_ms, const void *bytes, size_t length)
{
	s->step_ms = step_ms;
	s->points_left = 0;
	s->head.name = 0;
	s->ahead = false;
	if (!crate_open(&s->crate, bytes, length))
		return false;
	s->points_left = bytes_get_v_max(&s->crate.body, UINT32_MAX);
	return !s->crate.body.bad;
}

static void
get_heads(struct streams *st, const struct slots *s, struct slots_point *p)
{
	uint64_t next = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		slot_clear(&p->of[i].slot);
		next += bytes_get_v_max(&st->in, SLOTS_MAX);
		if (next >= SLOTS_MAX)
			st->in.bad = true;
		p->of[i].index = (uint32_t)next++;
	}
	for (uint32_t i = 0; i < p->count; i++)
		p->of[i].slot.count =
		    (uint32_t)bytes_get_v_max(&st->in, UINT32_MAX);
	for (uint32_t i = 0; i < p->count; i++)
		p->of[i].slot.covered_ms = s->step_ms -
		    (int64_t)bytes_get_v_max(&st->in, (uint64_t)s->step_ms);
}

static void
get_mean(
    struct slot *s, uint8_t how, const struct numbers *form, uint64_t beside)
{
	struct numbers f = {.type = how == MEAN_FLOAT ? VALUE_F32 : VALUE_F64,
	    .places = NUMBERS_FLOAT};
	struct slot_value mid = slots_mid(s, f.type);
	double flat = slot_number(&s->min) * (double)s->covered_ms;
	uint64_t sum = slots_mid_sum(s, form) + beside;

	if (how == MEAN_SUM)
		s->area = flat + (double)sum / numbers_unit(form);
	else
		s->area =
		    numbers_ordered(&f, numbers_order(&f, &mid) + beside).f *
		    (double)s->covered_ms;
}

static void
get_column(struct streams *st, uint64_t *x, uint32_t count, bool noisy)
{
	if (noisy)
		rice_get(&st->in, &st->noise, x, count);
	for (uint32_t i = 0; !noisy && i < count; i++)
		x[i] = bytes_get_v(&st->in);
}

static void
get_means(struct streams *st, struct slots_point *p, uint32_t at, uint32_t n,
    uint8_t how, const struct numbers *form)
{
	uint64_t column[SLOTS_MAX];
	uint32_t count = 0;

	for (uint32_t i = at; i < at + n; i++) {
		struct slot *s = &p->of[i].slot;

		s->area = slot_number(&s->min) * (double)s->covered_ms;
		count += !slot_same(&s->min, &s->max);
	}
	get_column(st, column, count, how != MEAN_SUM);
	count = 0;
	for (uint32_t i = at; i < at + n; i++) {
		struct slot *s = &p->of[i].slot;

		if (!slot_same(&s->min, &s->max))
			get_mean(s, how, form, bytes_unfold(column[count++]));
	}
}

static void
get_values(struct streams *st, struct slots_point *p, uint32_t at, uint32_t n,
    const struct numbers *form)
{
	bool noisy = !numbers_whole(form);
	uint64_t last[SLOTS_MAX], below[SLOTS_MAX], above[SLOTS_MAX];

	get_column(st, last, n, noisy);
	get_column(st, below, n, noisy);
	get_column(st, above, n, noisy);
	for (uint32_t i = 0; i < n; i++) {
		struct slot *s = &p->of[at + i].slot;

		last[i] = bytes_unfold(last[i]) + (i > 0 ? last[i - 1] : 0);
		s->last = numbers_ordered(form, last[i]);
		s->min = numbers_ordered(form, last[i] - below[i]);
		s->max = numbers_ordered(form, last[i] + above[i]);
	}
}

static void
get_states(struct bytes *in, struct slot *s)
{
	uint64_t state = 0;

	if (slot_same(&s->min, &s->max)) {
		s->area = slot_number(&s->min) * (double)s->covered_ms;
		s->state_count = s->covered_ms > 0;
		s->states[0] = (struct slot_state){s->min.i, s->covered_ms};
		return;
	}
	s->state_count = (uint8_t)bytes_get_v_max(in, SLOT_STATES_MAX);
	for (size_t i = 0; i < s->state_count; i++) {
		state += bytes_get_z(in);
		s->states[i].state = (int64_t)state;
		s->states[i].ms =
		    (int64_t)bytes_get_v_max(in, (uint64_t)s->covered_ms);
		s->area += (double)s->states[i].state * (double)s->states[i].ms;
	}
	s->other_ms = (int64_t)bytes_get_v_max(in, (uint64_t)s->covered_ms);
}

static void
get_counted(struct streams *st, struct slot *s, const struct numbers *form)
{
	uint8_t how = bytes_get_u8(&st->in);
	uint64_t bits;

	if (how > COUNTED_ROSE)
		st->in.bad = true;
	if (how == COUNTED_NONE)
		return;
	s->first = s->min;
	s->counted = s->max;
	if (how != COUNTED_ALL) {
		s->first = numbers_get(form, &st->in, &st->noise, &s->min);
		s->counted = numbers_get(form, &st->in, &st->noise, &s->max);
	}
	s->increase = slot_rise(&s->first, &s->counted);
	if (how == COUNTED_TOLD) {
		s->falls = (uint32_t)bytes_get_v_max(&st->in, UINT32_MAX);
		bits = bytes_get_u64(&st->in);
		memcpy(&s->increase, &bits, sizeof(bits));
	}
}

static bool
get_numbers(struct streams *st, struct slots_point *p, uint32_t at, uint32_t n,
    uint8_t type)
{
	struct numbers form;
	uint8_t code = bytes_get_u8(&st->in), how = bytes_get_u8(&st->in);

	if (!numbers_decode(&form, code) || form.type != type ||
	    how > MEAN_DOUBLE || (how == MEAN_SUM && !numbers_whole(&form)))
		return false;
	get_values(st, p, at, n, &form);
	if (type != VALUE_ENUM)
		get_means(st, p, at, n, how, &form);
	for (uint32_t i = at; type == VALUE_ENUM && i < at + n; i++)
		get_states(&st->in, &p->of[i].slot);
	for (uint32_t i = at; p->counter && i < at + n; i++)
		get_counted(st, &p->of[i].slot, &form);
	return true;
}

static bool
get_texts(struct bytes *in, struct slots_point *p, uint32_t at, uint32_t n)
{
	for (uint32_t i = at; i < at + n; i++) {
		uint64_t length = bytes_get_v_max(in, SAMPLE_TEXT_MAX);
		const uint8_t *text =
		    length > 0 ? bytes_get(in, length - 1) : NULL;
		struct slot *s = &p->of[i].slot;

		s->last.type = VALUE_TEXT;
		if (length == 0 && i > at)
			memcpy(
			    s->text, p->of[i - 1].slot.text, sizeof(s->text));
		if (text == NULL)
			continue;
		memcpy(s->text, text, length - 1);
		s->text[length - 1] = '\0';
	}
	return !in->bad;
}

static bool
get_point(const struct slots *s, struct slots_point *p)
{
	struct streams streams = {s->head.section, s->head.noise};
	struct streams *st = &streams;

	p->name = s->head.name;
	p->counter = s->head.counter;
	p->count = s->head.count;
	get_heads(st, s, p);
	for (uint32_t i = 0, n; i < p->count && !st->in.bad; i += n) {
		uint8_t type;
		bool good;

		n = (uint32_t)bytes_get_v_max(&st->in, p->count - i);
		type = bytes_get_u8(&st->in);
		if (n == 0 || type == VALUE_NONE || type > VALUE_TEXT)
			return false;
		good = type == VALUE_TEXT ? get_texts(&st->in, p, i, n)
					  : get_numbers(st, p, i, n, type);
		if (!good)
			return false;
	}
	return !st->in.bad && !st->noise.bad;
}

static bool
read_head(struct slots *s)
{
	struct bytes *in = &s->crate.body;
	uint64_t section, noise;

	s->points_left--;
	s->head.name += (uint32_t)bytes_get_v_max(in, UINT32_MAX);
	s->head.counter = bytes_get_u8(in) != 0;
	s->head.count = (uint32_t)bytes_get_v_max(in, SLOTS_MAX);
	section = bytes_get_v(in);
	noise = bytes_get_v(in);
	s->head.section = crate_part(in, section);
	s->head.noise = crate_part(&s->crate.noise, noise);
	return !s->head.section.bad && !s->head.noise.bad;
}

int
slots_next(struct slots *s, uint32_t name, struct slots_point *p)
{
	for (;;) {
		if (!s->ahead && s->points_left == 0)
			return s->crate.body.bad ? -1 : 0;
		if (!s->ahead && !read_head(s))
			return -1;
		s->ahead = name != 0 && s->head.name > name;
		if (s->ahead)
			return 0;
		if (name == 0 || s->head.name == name)
			return get_point(s, p) ? 1 : -1;
	}
}
