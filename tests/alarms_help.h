/*
 * alarms_help.h - a small site with its alarms, in simulated time
 *
 * Devices of one kind, with the points below; rules are rows of texts.  What is
 * told is kept by the test.
 */
#ifndef ALARMS_HELP_H
#define ALARMS_HELP_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/alarms.h"
#include "gateway/measure/deadband.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define SITE_DEVICES_MAX 100 /* the gateway among them */
#define SITE_RULES_MAX 16
#define SITE_POINTS 6 /* of any device; the gateway has the same */

/* Lifts and meters have all of them. */
enum site_point {
	FAULT,
	FLAP,
	BUTTON,
	LOAD,
	MODE,
	LABEL,
	/* of a lift */
	MOVING,
	DOOR,
	ZONE,
	OCCUPIED,
	CODE,
	SUPPLY,
	FLOOR,
	/* of a meter */
	VOLTS,
	VOLTS_L2,
	VOLTS_L3,
	SITE_POINTS_ALL
};

static const struct enum_name site_modes[] = {
    {0, "stopped"}, {1, "normal"}, {2, "inspection"}};

static const struct enum_name site_doors[] = {{0, "closed"}, {2, "open"}};
static const struct enum_name site_persons[] = {
    {0, "no"}, {1, "yes"}, {9, "unknown"}};
static const struct enum_name site_codes[] = {
    {0, "none"}, {8, "NO_RESTART"}, {101, "ENTRAP"}};
static const struct enum_name site_supplies[] = {{0, "lost"}, {1, "ok"}};

static const struct point_info site_points[SITE_POINTS_ALL] = {
    [FAULT] = {.name = "fault", .unit = "", .role = "", .form = FORM_BOOL},
    [FLAP] = {.name = "flap", .unit = "", .role = "", .form = FORM_BOOL},
    [BUTTON] = {.name = "button", .unit = "", .role = "", .form = FORM_BOOL},
    [LOAD] = {.name = "load", .unit = "%", .role = "", .form = FORM_NUMBER},
    [MODE] = {.name = "mode",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 3,
	.names = site_modes},
    [LABEL] = {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
    [MOVING] = {.name = "moving", .unit = "", .role = "", .form = FORM_BOOL},
    [DOOR] = {.name = "door",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 2,
	.names = site_doors},
    [ZONE] = {.name = "door_zone", .unit = "", .role = "", .form = FORM_BOOL},
    [OCCUPIED] = {.name = "occupied",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 3,
	.names = site_persons},
    [CODE] = {.name = "fault_code",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 3,
	.names = site_codes},
    [SUPPLY] = {.name = "supply",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 2,
	.names = site_supplies},
    [FLOOR] = {.name = "floor", .unit = "", .role = "", .form = FORM_NUMBER},
    [VOLTS] = {.name = "voltage_l1n",
	.unit = "V",
	.role = "",
	.form = FORM_NUMBER},
    [VOLTS_L2] = {.name = "voltage_l2n",
	.unit = "V",
	.role = "",
	.form = FORM_NUMBER},
    [VOLTS_L3] = {.name = "voltage_l3n",
	.unit = "V",
	.role = "",
	.form = FORM_NUMBER},
};

struct site_rule {
	const char *name, *when, *clear, *suppress;
	int64_t on_ms, off_ms, shelve_max_ms;
	uint8_t severity;
	bool latch;
};

struct site {
	struct arena *memory;
	size_t device_count, bus_count, rule_count, gateway_rule_count;
	/* by configuration; an edit is another one */
	struct alarms_device confs[2][SITE_DEVICES_MAX], *devices;
	struct alarm_rule rule_sets[2][SITE_RULES_MAX], *rules;
	struct alarm_rule gateway_rules[SITE_RULES_MAX];
	const char *buses[4];
	struct derive_input live[SITE_DEVICES_MAX][SITE_POINTS_ALL];
	struct alarms *alarms;
	/* of the next alarms */
	bool resumed;
	struct text (*fault)(const void *context, uint16_t device);
	int64_t now_ms, wall_ms; /* wall: Unix at now_ms 0 */
	/* as a journal has what was read */
	struct deadband kept[SITE_DEVICES_MAX][SITE_POINTS_ALL];
	size_t written;
};

static struct site site; /* of one test */

#define SITE_JOURNAL 16384 /* readings; then the oldest go */

static struct site_row {
	int64_t at_ms;
	uint16_t device;
	struct reading reading;
} site_journal[SITE_JOURNAL];

static char site_texts[SITE_DEVICES_MAX][SITE_POINTS_ALL][SAMPLE_TEXT_MAX];

/* ---- its rules ---- */

static inline void
site_name(const void *context, const char *name, struct expr_name *out)
{
	static const struct {
		const char *name;
		uint16_t point;
	} virtual[] = {{"online", POINT_ONLINE},
	    {"identified", POINT_IDENTIFIED}, {"bus_up", POINT_BUS_UP},
	    {"car_trapped", POINT_CAR_TRAPPED},
	    {"car_suspect", POINT_CAR_SUSPECT}, {"car_freed", POINT_CAR_FREED},
	    {"car_unpowered", POINT_CAR_UNPOWERED},
	    {"car_at_risk", POINT_CAR_AT_RISK},
	    {"phase_lost", POINT_PHASE_LOST}, {"power_cut", POINT_POWER_CUT},
	    {"cars_back", POINT_CARS_BACK}, {"cars_late", POINT_CARS_LATE}};

	(void)context;
	*out = (struct expr_name){.meaning = EXPR_UNKNOWN};
	for (uint16_t i = 0; i < SITE_POINTS_ALL; i++)
		if (strcmp(site_points[i].name, name) == 0)
			*out = (struct expr_name){.meaning = EXPR_POINT,
			    .point = i,
			    .form = site_points[i].form,
			    .name_count = site_points[i].name_count,
			    .names = site_points[i].names};
	for (size_t i = 0; i < sizeof(virtual) / sizeof(virtual[0]); i++)
		if (strcmp(virtual[i].name, name) == 0)
			*out = (struct expr_name){.meaning = EXPR_POINT,
			    .point = virtual[i].point,
			    .form = FORM_BOOL};
}

static inline const struct expr *
site_expr(const char *text)
{
	static const struct expr_scope scope = {.find = site_name};
	struct expr_fault fault;
	const struct expr *e;

	if (text == NULL)
		return NULL;
	e = expr_parse(text, &scope, site.memory, &fault);
	ck_assert_msg(e, "\"%s\": %s", text, fault.why);
	return e;
}

static inline struct alarm_rule
site_compile(const struct site_rule *r)
{
	return (struct alarm_rule){.name = r->name,
	    .when = site_expr(r->when),
	    .clear = site_expr(r->clear),
	    .suppress = site_expr(r->suppress),
	    .on_ms = r->on_ms,
	    .off_ms = r->off_ms,
	    .shelve_max_ms = r->shelve_max_ms,
	    .severity = r->severity,
	    .latch = r->latch,
	    .text = {r->name, r->name}};
}

/* ---- its life ---- */

static inline struct derive_input
site_get(const void *context, uint16_t device, uint16_t point)
{
	(void)context;
	return site.live[device][point];
}

/* Rows end with a name that is NULL. */
static inline size_t
site_rules(struct alarm_rule *out, const struct site_rule *rows)
{
	size_t count = 0;

	for (; rows[count].name != NULL; count++) {
		ck_assert_uint_lt(count, SITE_RULES_MAX);
		out[count] = site_compile(&rows[count]);
	}
	return count;
}

static inline void
site_begin(const struct site_rule *rules, const struct site_rule *gateway)
{
	memset(&site, 0, sizeof(site));
	site.memory = arena_new();
	site.wall_ms = INT64_C(1763690000000);
	site.devices = site.confs[0];
	site.rules = site.rule_sets[0];
	site.rule_count = site_rules(site.rules, rules);
	site.gateway_rule_count = site_rules(site.gateway_rules, gateway);
}

static inline size_t
site_bus(const char *id)
{
	site.buses[site.bus_count] = id;
	return site.bus_count++;
}

static inline uint16_t
site_add(const char *id, size_t bus, const struct alarm_rule *rules,
    size_t rule_count)
{
	site.devices[site.device_count] = (struct alarms_device){.id = id,
	    .name = {id, id},
	    .bus = bus,
	    .fed_by = ALARMS_UNFED,
	    .point_count = SITE_POINTS,
	    .points = site_points,
	    .rule_count = rule_count,
	    .rules = rules};
	return (uint16_t)site.device_count++;
}

static inline uint16_t
site_device(const char *id, size_t bus)
{
	return site_add(id, bus, site.rules, site.rule_count);
}

/* The devices are there: the gateway is the last. */
static inline uint16_t
site_gateway(void)
{
	return site_add(
	    "gateway", 0, site.gateway_rules, site.gateway_rule_count);
}

/* Devices and rules may be changed now; those before stay for the old alarms.
 */
static inline void
site_edit(void)
{
	const struct alarms_device *old = site.devices;
	const struct alarm_rule *rules = site.rules;
	int next = old == site.confs[0];

	site.devices = site.confs[next];
	site.rules = site.rule_sets[next];
	memcpy(site.devices, old, sizeof(site.confs[0]));
	memcpy(site.rules, rules, sizeof(site.rule_sets[0]));
	for (size_t i = 0; i + 1 < site.device_count; i++)
		site.devices[i].rules = site.rules;
}

static inline struct alarms *
site_alarms(bool (*tell)(void *context, const struct alarms_news *news))
{
	return alarms_new(
	    &(struct alarms_conf){.device_count = site.device_count,
		.devices = site.devices,
		.bus_count = site.bus_count,
		.buses = site.buses,
		.resumed = site.resumed,
		.get = site_get,
		.fault = site.fault,
		.tell = tell});
}

static inline void
site_end(void)
{
	alarms_free(site.alarms);
	arena_free(site.memory);
}

/* ---- what happens ---- */

/* Ticks whenever it is wished, up to then. */
static inline void
site_pass(int64_t ms)
{
	int64_t end_ms = site.now_ms + ms, next_ms;

	for (;;) {
		next_ms = alarms_tick(site.alarms, site.now_ms);
		if (next_ms > end_ms)
			break;
		site.now_ms = next_ms > site.now_ms ? next_ms : site.now_ms;
	}
	site.now_ms = end_ms;
	alarms_tick(site.alarms, site.now_ms);
}

static inline struct value
site_value(uint16_t point, double number)
{
	switch (site_points[point].form) {
	case FORM_BOOL: return (struct value){VALUE_BOOL, .u = number != 0};
	case FORM_ENUM: return (struct value){VALUE_ENUM, .i = (int64_t)number};
	default: return (struct value){VALUE_F64, .f = number};
	}
}

static inline void
site_take(const struct batch *b)
{
	static const struct deadband_rule rule = {
	    .heartbeat_ms = MINUTE, .every_ms = SECOND};
	const struct reading *r;
	struct deadband *kept;

	for (uint16_t i = 0; i < b->count; i++) {
		r = &b->readings[i];
		kept = &site.kept[b->device][r->point];
		kept->text = site_texts[b->device][r->point];
		if (!deadband_due(&rule, kept, r, b->at.mono_ms))
			continue;
		deadband_keep(kept, r, b->at.mono_ms);
		site_journal[site.written++ % SITE_JOURNAL] =
		    (struct site_row){b->at.mono_ms, b->device, *r};
	}
	alarms_take(site.alarms, b);
}

/* A new program goes on: what the journal took up to then is recalled. */
static inline void
site_recall(struct alarms *a, int64_t until_ms)
{
	size_t at =
	    site.written > SITE_JOURNAL ? site.written - SITE_JOURNAL : 0;
	struct reading readings[SITE_POINTS_ALL];
	const struct site_row *row, *first;
	struct batch b;

	while (at < site.written) {
		first = row = &site_journal[at % SITE_JOURNAL];
		b = (struct batch){.at.mono_ms = first->at_ms,
		    .device = first->device,
		    .readings = readings};
		while (at < site.written && row->device == first->device &&
		    row->at_ms == first->at_ms && b.count < SITE_POINTS_ALL) {
			readings[b.count++] = row->reading;
			row = &site_journal[++at % SITE_JOURNAL];
		}
		if (b.at.mono_ms <= until_ms)
			alarms_recall(a, &b);
	}
	memset(site.kept, 0, sizeof(site.kept));
}

/* One reading, of that quality. */
static inline void
site_read(uint16_t device, uint16_t point, double number, uint8_t quality)
{
	struct reading r = {.point = point, .quality = {.code = quality}};
	struct batch b = {.at = {.mono_ms = site.now_ms},
	    .device = device,
	    .count = 1,
	    .readings = &r};

	if (quality_has_value(r.quality))
		r.value = site_value(point, number);
	site.live[device][point] =
	    (struct derive_input){r.value, r.quality, site.now_ms};
	site_take(&b);
}

static inline void
site_good(uint16_t device, uint16_t point, double number)
{
	site_read(device, point, number, QUALITY_GOOD);
}

static inline void
site_online(uint16_t device, bool online)
{
	alarms_online(site.alarms, device, online, site.now_ms);
}

static inline enum order_verdict
site_order(enum order_verb verb, const char *alarm, int64_t for_ms, char *why)
{
	struct order o = {.verb = (uint8_t)verb,
	    .by = "Wang",
	    .note = "seen",
	    .for_ms = for_ms};

	snprintf(o.alarm, sizeof(o.alarm), "%s", alarm);
	return alarms_order(site.alarms, &o, site.now_ms, why);
}

#endif
