/*
 * alarms_recall.c - what was read before a start
 *
 * It goes through cars and voltages as it did then, and then is their past:
 * riser has slept since, and begins as after a reload (car_go_on), with points
 * that are to be read again.
 *
 * A journal leaves out what it has said already, so its last word holds on: up
 * to DOUBT_MS before the next.  In that time a device may have been silent
 * which is not given up yet.  That is how long a supply is taken to have been
 * there.  A car's state is not made younger: its age is that of what was
 * written.
 */
#include <assert.h>

#include "gateway/alarm/site.h"

#define DOUBT_MS SWEEP_TOGETHER_MS

static void
recall_car(struct car *c, const struct batch *b)
{
	car_had_power(c, b->at.mono_ms - DOUBT_MS);
	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];
		struct derive_input in = {r->value, r->quality, b->at.mono_ms};

		if (car_uses(c, r->point))
			car_take(c, r->point, &in, b->at.mono_ms);
	}
}

static void
recall_volts(struct sweep *s, const struct batch *b)
{
	sweep_recall(s, b->at.mono_ms - DOUBT_MS);
	for (uint16_t i = 0; i < b->count; i++) {
		const struct reading *r = &b->readings[i];
		struct derive_input in = {r->value, r->quality, b->at.mono_ms};

		if (sweep_uses(s, r->point))
			sweep_take(s, r->point, &in, b->at.mono_ms);
	}
}

void
alarms_recall(struct alarms *a, const struct batch *b)
{
	const struct site_device *d = &a->devices[b->device];

	assert(!a->started && b->device < a->conf.device_count);
	if (b->device + 1u == a->conf.device_count)
		return; /* riser of itself */
	if (b->at.mono_ms > a->recalled_ms)
		a->recalled_ms = b->at.mono_ms;
	if (d->car != NULL)
		recall_car(d->car, b);
	else if (d->sweep != NULL)
		recall_volts(&d->sweep->sweep, b);
}

/* ---- awake ---- */

static void
wake_car(struct alarms *a, size_t device)
{
	const struct alarms_device *d = &a->conf.devices[device];
	struct car *c = a->devices[device].car;
	struct car was = *c;

	car_had_power(&was, a->recalled_ms - DOUBT_MS);
	car_start(c, d->point_count, d->points);
	car_go_on(c, &was);
}

void
power_wake(struct alarms *a)
{
	if (a->recalled_ms == INT64_MIN)
		return;
	for (size_t i = 0; i < a->conf.device_count; i++)
		if (a->devices[i].car != NULL)
			wake_car(a, i);
	for (uint32_t i = 0; i < a->sweep_count; i++) {
		sweep_recall(&a->sweeps[i].sweep, a->recalled_ms - DOUBT_MS);
		sweep_forget_volts(&a->sweeps[i].sweep);
	}
}
