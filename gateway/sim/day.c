/*
 * day.c - what people of an estate do at which hour
 */
#include "gateway/sim/day.h"

#include <math.h>

#define SUNRISE_S (6 * 3600.0 + 40 * 60)
#define SUNSET_S (17 * 3600.0 + 20 * 60)
#define DUSK_S (18 * 3600.0 + 5 * 60)
#define DAWN_S (5 * 3600.0 + 50 * 60)

/* At the full hours, from midnight. */
static const double power[24] = {0.48, 0.42, 0.38, 0.35, 0.35, 0.37, 0.45, 0.58,
    0.62, 0.57, 0.54, 0.58, 0.65, 0.62, 0.57, 0.56, 0.60, 0.72, 0.86, 0.96,
    1.00, 0.95, 0.80, 0.62};
static const double water[24] = {0.12, 0.07, 0.05, 0.04, 0.06, 0.18, 0.62, 1.00,
    0.90, 0.62, 0.52, 0.58, 0.66, 0.50, 0.40, 0.38, 0.44, 0.60, 0.82, 0.95,
    0.92, 0.75, 0.50, 0.26};
static const double lift[24] = {0.05, 0.02, 0.01, 0.01, 0.02, 0.08, 0.30, 0.75,
    1.00, 0.60, 0.45, 0.50, 0.55, 0.45, 0.40, 0.45, 0.60, 0.90, 1.00, 0.75,
    0.55, 0.40, 0.25, 0.12};

/* Straight lines from hour to hour: the noise on top hides the corners. */
static double
at(const double hours[24], double time_s)
{
	double h = fmod(time_s, DAY_S) / 3600;
	int i = (int)h % 24;
	double f = h - floor(h);

	return hours[i] + (hours[(i + 1) % 24] - hours[i]) * f;
}

double
day_power(double time_s)
{
	return at(power, time_s);
}

double
day_water(double time_s)
{
	return at(water, time_s);
}

double
day_lift(double time_s)
{
	return at(lift, time_s);
}

double
day_sun(double time_s)
{
	double up = (fmod(time_s, DAY_S) - SUNRISE_S) / (SUNSET_S - SUNRISE_S);

	return up > 0 && up < 1 ? sin(up * M_PI) : 0;
}

bool
day_is_dark(double time_s)
{
	double hour_s = fmod(time_s, DAY_S);

	return hour_s < DAWN_S || hour_s >= DUSK_S;
}
