/*
 * charger.h - a cabinet where electric bicycles are charged, pure
 *
 * People plug in when they come home and unplug when they leave; in between a
 * battery takes its full power, then less and less, then none.
 */
#ifndef CHARGER_H
#define CHARGER_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/sim/signal.h"

#define CHARGER_SOCKETS_MAX 20

enum charger_signal {
	CHARGER_IN_USE,
	CHARGER_FAULTY,
	CHARGER_POWER,
	CHARGER_ENERGY,
	CHARGER_SIGNAL_COUNT
};

enum socket_signal {
	SOCKET_STATE,
	SOCKET_POWER,
	SOCKET_CURRENT,
	SOCKET_TEMP,
	SOCKET_ENERGY,
	SOCKET_HOURS,
	SOCKET_SIGNAL_COUNT
};

extern const struct signal charger_signals[CHARGER_SIGNAL_COUNT];
extern const struct signal socket_signals[SOCKET_SIGNAL_COUNT];

/* The vocabulary's numbers. */
enum socket_state { SOCKET_IDLE = 0, SOCKET_CHARGING = 1, SOCKET_FULL = 3 };

struct socket {
	enum socket_state state;
	double bulk_kw; /* what the battery takes while it is not nearly full */
	double need_kwh, left_kwh; /* of this charge */
	double hours, energy_kwh, power_kw;
	double cool_degc, temp_degc; /* at night without a charge; now */
};

struct charger {
	uint64_t rng;
	size_t count;
	struct socket sockets[CHARGER_SOCKETS_MAX];
	double values[CHARGER_SIGNAL_COUNT];
	double socket_values[CHARGER_SOCKETS_MAX * SOCKET_SIGNAL_COUNT];
};

/* As a day of use leaves it at time_s since midnight.  count: at most
 * CHARGER_SOCKETS_MAX. */
void charger_start(
    struct charger *c, uint64_t seed, size_t count, double time_s);

/* dt_s 0 computes the values without letting time pass. */
void charger_step(struct charger *c, double time_s, double dt_s);

#endif
