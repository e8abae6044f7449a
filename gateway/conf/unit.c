/*
 * unit.c - the units a point may have, and those a device may count in
 *
 * A quantity has a base, and each of its units is x * factor + offset of that.
 * The base need not be anybody's unit: it is the one in which all factors are
 * decimal fractions.  For temperatures that is degF (a degree Celsius is 1.8 of
 * it, the way back is 5/9), for speed m/h, for flow L/h.
 *
 * What looks alike and is not one quantity is not converted: % and 1, ppm and
 * mg/L, m and mH2O.
 *
 * Sources: the SI's units by definition (BIPM, SI Brochure, 9th edition); the
 * others from NIST Special Publication 811 (2008), appendix B.
 */
#include "gateway/conf/unit.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

const char *const unit_names[] = {
    /* clang-format off */
    "1", "%",
    /* power and energy */
    "kW", "kvar", "kVA", "kWh", "kvarh", "kVAh", "A", "V", "Hz",
    /* water and heat */
    "kPa", "MPa", "bar", "m", "L/min", "m3/h", "m3", "degC",
    /* motion */
    "m/s", "rpm", "deg", "kg", "h",
    /* air, light and what is in water */
    "%LEL", "ppm", "pH", "NTU", "mg/L", "uS/cm", "lx",
    NULL,
    /* clang-format on */
};

const char *const unit_sources[] = {
    /* clang-format off */
    "1", "%",
    "W", "kW", "MW", "var", "kvar", "Mvar", "VA", "kVA", "MVA",
    "Wh", "kWh", "MWh", "kJ", "MJ", "GJ",
    "varh", "kvarh", "Mvarh", "VAh", "kVAh", "MVAh",
    "mA", "A", "kA", "mV", "V", "kV", "Hz", "kHz",
    "Pa", "hPa", "kPa", "MPa", "mbar", "bar", "kgf/cm2", "psi", "mH2O",
    "mmH2O",
    "mm", "cm", "m", "km", "L/s", "L/min", "L/h", "m3/h", "L", "m3",
    "degC", "degF", "K",
    "mm/s", "m/min", "m/s", "km/h", "rpm", "deg", "g", "kg", "t",
    "s", "min", "h", "d",
    "%LEL", "ppb", "ppm", "pH", "NTU", "ug/L", "mg/L", "g/L",
    "uS/cm", "mS/cm", "lx", "klx",
    NULL,
    /* clang-format on */
};

enum quantity {
	NUMBER,
	PERCENT,
	POWER,
	REACTIVE_POWER,
	APPARENT_POWER,
	ENERGY,
	REACTIVE_ENERGY,
	APPARENT_ENERGY,
	CURRENT,
	VOLTAGE,
	FREQUENCY,
	PRESSURE,
	LENGTH,
	FLOW,
	VOLUME,
	TEMPERATURE,
	SPEED,
	ROTATION,
	ANGLE,
	MASS,
	TIME,
	EXPLOSIVE,
	PARTS,
	ACIDITY,
	TURBIDITY,
	CONCENTRATION,
	CONDUCTIVITY,
	LIGHT,
};

struct unit {
	const char *name;
	enum quantity quantity;
	struct decimal factor, offset;
};

static const struct unit units[] = {
    {"1", NUMBER, {1, 0}, {0, 0}},
    {"%", PERCENT, {1, 0}, {0, 0}},
    {"W", POWER, {1, 0}, {0, 0}},
    {"kW", POWER, {1000, 0}, {0, 0}},
    {"MW", POWER, {1000000, 0}, {0, 0}},
    {"var", REACTIVE_POWER, {1, 0}, {0, 0}},
    {"kvar", REACTIVE_POWER, {1000, 0}, {0, 0}},
    {"Mvar", REACTIVE_POWER, {1000000, 0}, {0, 0}},
    {"VA", APPARENT_POWER, {1, 0}, {0, 0}},
    {"kVA", APPARENT_POWER, {1000, 0}, {0, 0}},
    {"MVA", APPARENT_POWER, {1000000, 0}, {0, 0}},
    {"kJ", ENERGY, {1000, 0}, {0, 0}},
    {"MJ", ENERGY, {1000000, 0}, {0, 0}},
    {"GJ", ENERGY, {1000000000, 0}, {0, 0}},
    {"Wh", ENERGY, {3600, 0}, {0, 0}},
    {"kWh", ENERGY, {3600000, 0}, {0, 0}},
    {"MWh", ENERGY, {3600000000, 0}, {0, 0}},
    {"varh", REACTIVE_ENERGY, {1, 0}, {0, 0}},
    {"kvarh", REACTIVE_ENERGY, {1000, 0}, {0, 0}},
    {"Mvarh", REACTIVE_ENERGY, {1000000, 0}, {0, 0}},
    {"VAh", APPARENT_ENERGY, {1, 0}, {0, 0}},
    {"kVAh", APPARENT_ENERGY, {1000, 0}, {0, 0}},
    {"MVAh", APPARENT_ENERGY, {1000000, 0}, {0, 0}},
    {"mA", CURRENT, {1, 3}, {0, 0}},
    {"A", CURRENT, {1, 0}, {0, 0}},
    {"kA", CURRENT, {1000, 0}, {0, 0}},
    {"mV", VOLTAGE, {1, 3}, {0, 0}},
    {"V", VOLTAGE, {1, 0}, {0, 0}},
    {"kV", VOLTAGE, {1000, 0}, {0, 0}},
    {"Hz", FREQUENCY, {1, 0}, {0, 0}},
    {"kHz", FREQUENCY, {1000, 0}, {0, 0}},
    {"Pa", PRESSURE, {1, 0}, {0, 0}},
    {"hPa", PRESSURE, {100, 0}, {0, 0}},
    {"kPa", PRESSURE, {1000, 0}, {0, 0}},
    {"MPa", PRESSURE, {1000000, 0}, {0, 0}},
    {"mbar", PRESSURE, {100, 0}, {0, 0}},
    {"bar", PRESSURE, {100000, 0}, {0, 0}},
    /* 1 kg x 9.80665 m/s2 (the standard gravity, exact) on 1 cm2 */
    {"kgf/cm2", PRESSURE, {980665, 1}, {0, 0}},
    /* 0.45359237 kg x 9.80665 m/s2 on (0.0254 m)2 = 6894.7572931683613... */
    {"psi", PRESSURE, {6894757293168, 9}, {0, 0}},
    /* Conventional: water of 1000 kg/m3 in the standard gravity, exact.  At
     * 4 degC, with its true density, 9806.38 Pa. */
    {"mH2O", PRESSURE, {980665, 2}, {0, 0}},
    {"mmH2O", PRESSURE, {980665, 5}, {0, 0}},
    {"mm", LENGTH, {1, 3}, {0, 0}},
    {"cm", LENGTH, {1, 2}, {0, 0}},
    {"m", LENGTH, {1, 0}, {0, 0}},
    {"km", LENGTH, {1000, 0}, {0, 0}},
    {"L/s", FLOW, {3600, 0}, {0, 0}},
    {"L/min", FLOW, {60, 0}, {0, 0}},
    {"L/h", FLOW, {1, 0}, {0, 0}},
    {"m3/h", FLOW, {1000, 0}, {0, 0}},
    {"L", VOLUME, {1, 3}, {0, 0}},
    {"m3", VOLUME, {1, 0}, {0, 0}},
    /* 0 degC = 32 degF = 273.15 K */
    {"degC", TEMPERATURE, {18, 1}, {32, 0}},
    {"degF", TEMPERATURE, {1, 0}, {0, 0}},
    {"K", TEMPERATURE, {18, 1}, {-45967, 2}},
    {"mm/s", SPEED, {36, 1}, {0, 0}},
    {"m/min", SPEED, {60, 0}, {0, 0}},
    {"m/s", SPEED, {3600, 0}, {0, 0}},
    {"km/h", SPEED, {1000, 0}, {0, 0}},
    {"rpm", ROTATION, {1, 0}, {0, 0}},
    {"deg", ANGLE, {1, 0}, {0, 0}},
    {"g", MASS, {1, 3}, {0, 0}},
    {"kg", MASS, {1, 0}, {0, 0}},
    {"t", MASS, {1000, 0}, {0, 0}},
    {"s", TIME, {1, 0}, {0, 0}},
    {"min", TIME, {60, 0}, {0, 0}},
    {"h", TIME, {3600, 0}, {0, 0}},
    {"d", TIME, {86400, 0}, {0, 0}},
    {"%LEL", EXPLOSIVE, {1, 0}, {0, 0}},
    {"ppb", PARTS, {1, 3}, {0, 0}},
    {"ppm", PARTS, {1, 0}, {0, 0}},
    {"pH", ACIDITY, {1, 0}, {0, 0}},
    {"NTU", TURBIDITY, {1, 0}, {0, 0}},
    {"ug/L", CONCENTRATION, {1, 3}, {0, 0}},
    {"mg/L", CONCENTRATION, {1, 0}, {0, 0}},
    {"g/L", CONCENTRATION, {1000, 0}, {0, 0}},
    {"uS/cm", CONDUCTIVITY, {1, 0}, {0, 0}},
    {"mS/cm", CONDUCTIVITY, {1000, 0}, {0, 0}},
    {"lx", LIGHT, {1, 0}, {0, 0}},
    {"klx", LIGHT, {1000, 0}, {0, 0}},
};

static const struct unit *
find(const char *name)
{
	if (*name == '\0')
		name = "1";
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

bool
unit_convert(const char *from, const char *to, struct decimal *scale,
    struct decimal *offset)
{
	const struct unit *a = find(from), *b = find(to);
	struct decimal less, moved;

	if (a == NULL || b == NULL || a->quantity != b->quantity)
		return false;
	less = (struct decimal){-b->offset.mantissa, b->offset.places};
	return decimal_add(a->offset, less, &moved) &&
	    decimal_divide(a->factor, b->factor, scale) &&
	    decimal_divide(moved, b->factor, offset);
}

static bool
is_listed(const char *name)
{
	for (size_t i = 0; unit_names[i]; i++)
		if (strcmp(unit_names[i], name) == 0)
			return true;
	return false;
}

const char *
unit_near(const char *from, const char *wanted)
{
	const char *best = NULL;
	double least = INFINITY;
	struct decimal scale, offset;

	if (*from == '\0' || is_listed(from))
		return NULL;
	for (size_t i = 0; unit_names[i]; i++) {
		const char *name = unit_names[i];
		double steps;

		if (!unit_convert(from, name, &scale, &offset))
			continue;
		steps = fabs(log10(decimal_number(scale)));
		if (strcmp(name, wanted) == 0)
			return name;
		if (steps < least) {
			least = steps;
			best = name;
		}
	}
	return best;
}
