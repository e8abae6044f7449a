/*
 * solar.h - a street lamp that lives on the sun, pure
 *
 * A panel of 60 W, a battery of 12 V and 40 Ah, a lamp of 30 W that is dimmed
 * late in the evening.
 */
#ifndef SOLAR_H
#define SOLAR_H

#include <stdint.h>

#include "gateway/sim/signal.h"

enum solar_signal {
	SOLAR_PANEL_U,
	SOLAR_PANEL_I,
	SOLAR_PANEL_P,
	SOLAR_PANEL_STATE,
	SOLAR_BATTERY_U,
	SOLAR_BATTERY_I,
	SOLAR_BATTERY_PCT,
	SOLAR_BATTERY_TEMP,
	SOLAR_CHARGE_I,
	SOLAR_CHARGING,
	SOLAR_LAMP_U,
	SOLAR_LAMP_I,
	SOLAR_LAMP_P,
	SOLAR_NIGHT,
	SOLAR_CONTROLLER_TEMP,
	SOLAR_GENERATED,
	SOLAR_GENERATED_TODAY,
	SOLAR_USED,
	SOLAR_SIGNAL_COUNT
};

extern const struct signal solar_signals[SOLAR_SIGNAL_COUNT];

struct solar {
	double health; /* of the panel: dust, shade */
	double stored_kwh, generated_kwh, today_kwh, used_kwh;
	double values[SOLAR_SIGNAL_COUNT];
};

/* As a day of weather leaves it at time_s since midnight.  sky: the seed of the
 * clouds, which all lamps share. */
void solar_start(struct solar *s, uint64_t seed, uint64_t sky, double time_s);

/* dt_s 0 computes the values without letting time pass. */
void solar_step(struct solar *s, uint64_t sky, double time_s, double dt_s);

#endif
