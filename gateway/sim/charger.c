/*
 * charger.c - a cabinet where electric bicycles are charged
 *
 * Each socket by itself: idle, charging, full and still plugged in.  When
 * somebody plugs in or leaves is chance, at a rate that follows the hour.
 */
#include "gateway/sim/charger.h"

#include <assert.h>
#include <math.h>

#include "gateway/sim/day.h"
#include "gateway/sim/rng.h"

#define ARRIVALS_H 0.45 /* at a free socket, an hour, in the evening */
#define LEAVES_H 1.5 /* from a full one, an hour, when people go to work */
#define NEARLY_FULL 0.2 /* of the charge; from here on the power falls */
#define LEAST 0.12 /* of the full power, just before the charger stops */
#define MAINS_V 229
#define POWER_FACTOR 0.93
#define COOL_LOW_DEGC 11
#define COOL_HIGH_DEGC 13
#define SUN_K 5 /* warmer at noon */
#define RISE_K_KW 55 /* of a contact, for each kW */
#define WARM_S 600
#define START_STEP_S 60

const struct signal charger_signals[CHARGER_SIGNAL_COUNT] = {
    [CHARGER_IN_USE] = {"sockets_in_use", ""},
    [CHARGER_FAULTY] = {"sockets_faulty", ""},
    [CHARGER_POWER] = {"active_power", "kW"},
    [CHARGER_ENERGY] = {"energy_import", "kWh"},
};

const struct signal socket_signals[SOCKET_SIGNAL_COUNT] = {
    [SOCKET_STATE] = {"socket{n}_state", ""},
    [SOCKET_POWER] = {"socket{n}_power", "kW"},
    [SOCKET_CURRENT] = {"socket{n}_current", "A"},
    [SOCKET_TEMP] = {"socket{n}_temp", "degC"},
    [SOCKET_ENERGY] = {"socket{n}_energy", "kWh"},
    [SOCKET_HOURS] = {"socket{n}_hours", "h"},
};

static void
plug_in(struct charger *c, struct socket *s)
{
	double hours = rng_between(&c->rng, 1.5, 5);

	s->state = SOCKET_CHARGING;
	s->bulk_kw = rng_between(&c->rng, 0.11, 0.29);
	s->need_kwh = s->left_kwh = s->bulk_kw * hours;
	s->hours = 0;
}

static double
charge_kw(const struct socket *s)
{
	double part = s->left_kwh / s->need_kwh / NEARLY_FULL;

	return s->bulk_kw * fmin(fmax(part, LEAST), 1);
}

static void
charge(struct socket *s, double dt_h)
{
	double kwh = fmin(charge_kw(s) * dt_h, s->left_kwh);

	s->left_kwh -= kwh;
	s->energy_kwh += kwh;
	s->hours += dt_h;
	if (s->left_kwh <= 0)
		s->state = SOCKET_FULL;
}

static void
socket_step(struct charger *c, struct socket *s, double time_s, double dt_s)
{
	double dt_h = dt_s / 3600, chance = rng_unit(&c->rng);
	double busy = pow(day_power(time_s), 3);
	double goal;

	if (s->state == SOCKET_CHARGING)
		charge(s, dt_h);
	else if (s->state == SOCKET_IDLE && chance < ARRIVALS_H * busy * dt_h)
		plug_in(c, s);
	else if (s->state == SOCKET_FULL &&
	    chance < LEAVES_H * day_lift(time_s) * dt_h)
		s->state = SOCKET_IDLE;
	s->power_kw = s->state == SOCKET_CHARGING ? charge_kw(s) : 0;
	goal = s->cool_degc + SUN_K * day_sun(time_s) + RISE_K_KW * s->power_kw;
	s->temp_degc += (goal - s->temp_degc) * (1 - exp(-dt_s / WARM_S));
}

static void
publish_socket(const struct socket *s, double *v)
{
	v[SOCKET_STATE] = s->state;
	v[SOCKET_POWER] = s->power_kw;
	v[SOCKET_CURRENT] = s->power_kw * 1000 / (MAINS_V * POWER_FACTOR);
	v[SOCKET_TEMP] = s->temp_degc;
	v[SOCKET_ENERGY] = s->energy_kwh;
	v[SOCKET_HOURS] = s->state == SOCKET_IDLE ? 0 : s->hours;
}

static void
publish(struct charger *c)
{
	double *v = c->values;

	v[CHARGER_IN_USE] = v[CHARGER_POWER] = v[CHARGER_ENERGY] = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct socket *s = &c->sockets[i];

		v[CHARGER_IN_USE] += s->state == SOCKET_CHARGING;
		v[CHARGER_POWER] += s->power_kw;
		v[CHARGER_ENERGY] += s->energy_kwh;
		publish_socket(s, c->socket_values + i * SOCKET_SIGNAL_COUNT);
	}
}

void
charger_start(struct charger *c, uint64_t seed, size_t count, double time_s)
{
	assert(count <= CHARGER_SOCKETS_MAX);
	*c = (struct charger){.rng = seed, .count = count};
	for (size_t i = 0; i < count; i++) {
		c->sockets[i].energy_kwh = rng_between(&c->rng, 300, 1100);
		c->sockets[i].cool_degc = c->sockets[i].temp_degc =
		    rng_between(&c->rng, COOL_LOW_DEGC, COOL_HIGH_DEGC);
	}
	for (double t = time_s; t < time_s + DAY_S; t += START_STEP_S)
		charger_step(c, t, START_STEP_S);
}

void
charger_step(struct charger *c, double time_s, double dt_s)
{
	for (size_t i = 0; i < c->count; i++)
		socket_step(c, &c->sockets[i], time_s, dt_s);
	publish(c);
}
