/* pumps.c - the pumps of a booster set */
#include "gateway/sim/pumps.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define AT_PEAK 0.6 /* of the pumps run at the peak: the rest is reserve */
#define SLACK 0.3 /* of a pump too many before one stops */
#define MOTOR_KW 4.0
#define LEAST_PCT 62 /* speed at which they just hold the pressure */
#define MORE_PCT 30 /* at full flow */
#define MAINS_HZ 50
#define A_PER_KW (1000 / (1.732 * 400 * 0.84))
#define AMBIENT_DEGC 22
#define RISE_K 34
#define WARM_S 900

const struct signal pump_signals[PUMP_SIGNAL_COUNT] = {
    [PUMP_STATE] = {"pump{n}_state", ""}, /* 0 off, 1 running */
    [PUMP_SPEED] = {"pump{n}_speed", "%"},
    [PUMP_FREQUENCY] = {"pump{n}_frequency", "Hz"},
    [PUMP_CURRENT] = {"pump{n}_current", "A"},
    [PUMP_POWER] = {"pump{n}_power", "kW"},
    [PUMP_TEMP] = {"pump{n}_motor_temp", "degC"},
    [PUMP_HOURS] = {"pump{n}_hours", "h"},
    [PUMP_STARTS] = {"pump{n}_starts", ""},
};

/* Whole pumps, and none that starts and stops with each tap. */
static size_t
needed(const struct pumps *p, double wanted)
{
	size_t n = p->running;

	while (n < p->count && wanted > (double)n)
		n++;
	while (n > 0 && wanted < (double)n - 1 - SLACK)
		n--;
	return wanted > 0 ? n : 0;
}

/* One pump; kw is 0 while it rests. */
static void
pump_step(struct pumps *p, size_t i, double speed, double kw, double dt_s)
{
	double *v = p->values + i * PUMP_SIGNAL_COUNT;
	double goal = AMBIENT_DEGC + RISE_K * kw / MOTOR_KW;
	bool on = kw > 0;

	p->each[i].starts += on && v[PUMP_STATE] == 0 && dt_s > 0;
	p->each[i].hours += on ? dt_s / 3600 : 0;
	p->each[i].temp_degc +=
	    (goal - p->each[i].temp_degc) * (1 - exp(-dt_s / WARM_S));
	v[PUMP_STATE] = on;
	v[PUMP_SPEED] = on ? speed : 0;
	v[PUMP_FREQUENCY] = v[PUMP_SPEED] / 100 * MAINS_HZ;
	v[PUMP_POWER] = kw;
	v[PUMP_CURRENT] = kw * A_PER_KW;
	v[PUMP_TEMP] = p->each[i].temp_degc;
	v[PUMP_HOURS] = p->each[i].hours;
	v[PUMP_STARTS] = p->each[i].starts;
}

void
pumps_start(struct pumps *p, uint64_t seed, size_t count)
{
	uint64_t rng = seed;

	assert(count <= PUMPS_MAX);
	*p = (struct pumps){.count = count};
	for (size_t i = 0; i < count; i++) {
		p->each[i].hours = floor(rng_between(&rng, 6000, 9000));
		p->each[i].starts = floor(rng_between(&rng, 2000, 4000));
		p->each[i].temp_degc =
		    AMBIENT_DEGC + rng_between(&rng, 0.2, 0.5) * RISE_K;
	}
}

void
pumps_step(struct pumps *p, double drawn, double time_s, double dt_s)
{
	double wanted = drawn * AT_PEAK * (double)p->count;
	size_t first = (size_t)(time_s / DAY_S);
	double flow, speed, kw;

	if (p->count == 0)
		return;
	p->running = needed(p, wanted);
	flow = p->running > 0 ? fmin(wanted / (double)p->running, 1) : 0;
	speed = LEAST_PCT + MORE_PCT * flow;
	kw = MOTOR_KW * pow(speed / 100, 3);
	for (size_t i = 0; i < p->count; i++) {
		bool on =
		    (i + p->count - first % p->count) % p->count < p->running;

		pump_step(p, i, speed, on ? kw : 0, dt_s);
	}
	p->power_kw = kw * (double)p->running;
}
