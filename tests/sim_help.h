/*
 * sim_help.h - a small estate, made by hand: a substation with its pumps on a
 * TCP bus, and a lift in a shaft on a serial one
 */
#ifndef SIM_HELP_H
#define SIM_HELP_H

#include <check.h>

#include "gateway/conf/conf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { SUBSTATION, SHAFT };
enum { LIFT, TX, PUMP, FAR, BOX };
enum { UNIT_LIFT = 1, UNIT_TX = 3, UNIT_PUMP, UNIT_FAR, UNIT_BOX };

enum {
	FLOOR,
	DOOR,
	MOVING,
	ZONE,
	OCCUPIED,
	LOAD,
	SPEED,
	TRIPS,
	CYCLES,
	HOURS,
	KWH,
	CODE,
	MODE
};
enum { U1, U2, U3, U12, I1, I2, I3, P, Q, S, PF, HZ, IMPORT };
enum { PRESSURE, FLOW, LEVEL, VOLUME, PRESSURE_KPA };
enum { LEVEL_PPM, PULSES, MODEL, STATE, ON, LAMP_A, LIT, WEATHER, USES };

static const struct enum_name help_doors[] = {
    {0, "closed"}, {1, "opening"}, {2, "open"}, {3, "closing"}};
static const struct decode_state help_door_raw[] = {
    {7, 3}, {4, 0}, {5, 1}, {6, 2}};
static const struct enum_name help_states[] = {{3, "calm"}, {4, "storm"}};

#define F32                                                                    \
	{                                                                      \
		.type = RAW_F32, .scale = { 1, 0 }                             \
	}
#define U32(s)                                                                 \
	{                                                                      \
		.type = RAW_U32, .scale = { 1, s }                             \
	}
#define BOOL                                                                   \
	{                                                                      \
		.type = RAW_BIT, .form = FORM_BOOL, .scale = { 1, 0 }          \
	}
#define NAMES(n)                                                               \
	{                                                                      \
		.type = RAW_U16, .form = FORM_ENUM, .scale = {1, 0},           \
		.name_count = COUNT(n), .names = n                             \
	}

static struct conf_point help_lift[] = {
    [FLOOR] = {.name = "floor",
	.space = SPACE_HOLDING,
	.address = 10,
	.count = 2,
	.unit = "",
	.role = "",
	.decode = F32},
    [DOOR] = {.name = "door",
	.space = SPACE_HOLDING,
	.address = 12,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = {.type = RAW_U16,
	    .form = FORM_ENUM,
	    .scale = {1, 0},
	    .name_count = COUNT(help_doors),
	    .names = help_doors,
	    .state_count = COUNT(help_door_raw),
	    .states = help_door_raw}},
    [MOVING] = {.name = "moving",
	.space = SPACE_DISCRETE,
	.address = 0,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = BOOL},
    [ZONE] = {.name = "door_zone",
	.space = SPACE_DISCRETE,
	.address = 1,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = BOOL},
    [OCCUPIED] = {.name = "occupied",
	.space = SPACE_DISCRETE,
	.address = 2,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = BOOL},
    [LOAD] = {.name = "load_pct",
	.space = SPACE_HOLDING,
	.address = 14,
	.count = 2,
	.unit = "%",
	.role = "",
	.decode = F32},
    [SPEED] = {.name = "speed",
	.space = SPACE_HOLDING,
	.address = 16,
	.count = 2,
	.unit = "m/s",
	.role = "",
	.decode = F32},
    [TRIPS] = {.name = "trips",
	.space = SPACE_HOLDING,
	.address = 18,
	.count = 2,
	.unit = "",
	.role = "counter",
	.decode = U32(0)},
    [CYCLES] = {.name = "door_cycles",
	.space = SPACE_HOLDING,
	.address = 20,
	.count = 2,
	.unit = "",
	.role = "counter",
	.decode = U32(0)},
    [HOURS] = {.name = "run_hours",
	.space = SPACE_HOLDING,
	.address = 22,
	.count = 2,
	.unit = "h",
	.role = "counter",
	.decode = U32(2)},
    [KWH] = {.name = "energy_import",
	.space = SPACE_HOLDING,
	.address = 24,
	.count = 2,
	.unit = "kWh",
	.role = "counter",
	.decode = U32(2)},
    [CODE] = {.name = "fault_code",
	.space = SPACE_HOLDING,
	.address = 28,
	.count = 2,
	.unit = "",
	.role = "",
	.decode = F32},
    [MODE] = {.name = "service_mode",
	.space = SPACE_HOLDING,
	.address = 26,
	.count = 2,
	.unit = "",
	.role = "",
	.decode = F32},
};

#define INPUT(point, at, of)                                                   \
	{                                                                      \
		.name = point, .space = SPACE_INPUT, .address = at,            \
		.count = 2, .unit = of, .role = "", .decode = F32              \
	}

static struct conf_point help_tx[] = {
    [U1] = INPUT("voltage_l1n", 0, "V"),
    [U2] = INPUT("voltage_l2n", 2, "V"),
    [U3] = INPUT("voltage_l3n", 4, "V"),
    [U12] = INPUT("voltage_l12", 6, "V"),
    [I1] = INPUT("current_l1", 8, "A"),
    [I2] = INPUT("current_l2", 10, "A"),
    [I3] = INPUT("current_l3", 12, "A"),
    [P] = INPUT("active_power", 14, "kW"),
    [Q] = INPUT("reactive_power", 16, "kvar"),
    [S] = INPUT("apparent_power", 18, "kVA"),
    [PF] = INPUT("power_factor", 20, ""),
    [HZ] = INPUT("frequency", 22, "Hz"),
    [IMPORT] = INPUT("energy_import", 24, "kWh"),
};

static struct conf_point help_water[] = {
    [PRESSURE] = INPUT("pressure", 0, "MPa"),
    [FLOW] = INPUT("flow", 2, "m3/h"),
    [LEVEL] = INPUT("level", 4, "m"),
    [VOLUME] = INPUT("volume", 6, "m3"),
};

/* The same name in another unit. */
static struct conf_point help_far[] = {
    [PRESSURE] = INPUT("pressure", 0, "kPa"),
    [FLOW] = INPUT("flow", 2, "m3/h"),
};

static struct conf_point help_box[] = {
    [LEVEL_PPM] = {.name = "sf6",
	.space = SPACE_INPUT,
	.address = 0,
	.count = 2,
	.unit = "",
	.role = "",
	.decode = {.type = RAW_F32,
	    .scale = {1, 0},
	    .has_valid = true,
	    .valid_min = 200,
	    .valid_max = 210}},
    [PULSES] = {.name = "pulses",
	.space = SPACE_INPUT,
	.address = 2,
	.count = 2,
	.unit = "",
	.role = "counter",
	.decode = F32},
    [MODEL] = {.name = "model",
	.space = SPACE_INPUT,
	.address = 4,
	.count = 3,
	.unit = "",
	.role = "",
	.decode = {.type = RAW_ASCII,
	    .form = FORM_TEXT,
	    .text_len = 6,
	    .scale = {1, 0}}},
    [STATE] = {.name = "weather",
	.space = SPACE_INPUT,
	.address = 7,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = NAMES(help_states)},
    [ON] = {.name = "on",
	.space = SPACE_COIL,
	.address = 0,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = BOOL},
    [LAMP_A] = {.name = "current",
	.space = SPACE_INPUT,
	.address = 8,
	.count = 2,
	.unit = "A",
	.role = "",
	.decode = F32,
	.sim = {SIM_NIGHT, 0, 9}},
    [LIT] = {.name = "lit",
	.space = SPACE_COIL,
	.address = 1,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = BOOL,
	.sim = {SIM_NIGHT, 0, 1}},
    [WEATHER] = {.name = "forecast",
	.space = SPACE_INPUT,
	.address = 10,
	.count = 1,
	.unit = "",
	.role = "",
	.decode = NAMES(help_states),
	.sim = {SIM_DRIFT, 0, 9}},
    [USES] = {.name = "uses",
	.space = SPACE_INPUT,
	.address = 11,
	.count = 2,
	.unit = "",
	.role = "counter",
	.decode = U32(0),
	.sim = {SIM_COUNTER, 100, 12}},
};

static struct conf_profile help_profile = {.name = "test/none"};

static struct conf_device help_devices[] = {
    [LIFT] = {.id = "lift-1",
	.kind = "elevator",
	.profile = &help_profile,
	.bus = SHAFT,
	.unit = UNIT_LIFT,
	.floors = 6,
	.fed_by = "tx-1",
	.points = help_lift,
	.point_count = COUNT(help_lift),
	.polled_count = COUNT(help_lift)},
    [TX] = {.id = "tx-1",
	.kind = "transformer",
	.profile = &help_profile,
	.bus = SUBSTATION,
	.unit = UNIT_TX,
	.rating_kva = 400,
	.points = help_tx,
	.point_count = COUNT(help_tx),
	.polled_count = COUNT(help_tx)},
    [PUMP] = {.id = "pump",
	.kind = "water",
	.profile = &help_profile,
	.bus = SUBSTATION,
	.unit = UNIT_PUMP,
	.points = help_water,
	.point_count = COUNT(help_water),
	.polled_count = COUNT(help_water)},
    [FAR] = {.id = "far-end",
	.kind = "water",
	.profile = &help_profile,
	.bus = SUBSTATION,
	.unit = UNIT_FAR,
	.points = help_far,
	.point_count = COUNT(help_far),
	.polled_count = COUNT(help_far)},
    [BOX] = {.id = "box",
	.kind = "gas",
	.profile = &help_profile,
	.bus = SUBSTATION,
	.unit = UNIT_BOX,
	.points = help_box,
	.point_count = COUNT(help_box),
	.polled_count = COUNT(help_box)},
};

static struct conf_bus help_buses[] = {
    [SUBSTATION] = {.id = "substation",
	.line = {.scheme = "tcp", .host = "127.0.0.1", .timeout_ms = 100}},
    [SHAFT] = {.id = "shaft",
	.line = {.scheme = "rtu",
	    .baud = 9600,
	    .parity = 'E',
	    .stop_bits = 1,
	    .timeout_ms = 100}},
};

static struct conf help_conf = {
    .site = {.id = "anju", .households = 400},
    .bus_count = COUNT(help_buses),
    .buses = help_buses,
    .device_count = COUNT(help_devices),
    .devices = help_devices,
};

#endif
