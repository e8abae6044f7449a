/*
 * conf.h - riser.yaml and the profiles it names, read and judged
 *
 * conf_read reports every mistake it finds, in all files, and gives a
 * configuration only if there is none.  What it gives is complete: defaults
 * filled in, names resolved to indices, profiles merged with each device's
 * overrides.  All memory belongs to the conf.
 */
#ifndef CONF_H
#define CONF_H

#include <stdio.h>

#include "drivers/driver.h"
#include "gateway/base/arena.h"
#include "gateway/measure/deadband.h"
#include "gateway/measure/decode.h"
#include "gateway/poll/plan.h"
#include "gateway/sinks/mqtt.h"
#include "gateway/store/journal.h"

struct conf_point {
	const char *name;
	uint8_t space; /* enum driver_space */
	uint16_t address; /* PDU, from 0 */
	uint16_t count; /* registers or bits */
	const char *unit; /* "" dimensionless */
	const char *role; /* "" or "counter" */
	struct decode decode;
	struct deadband_rule rule; /* every_ms among it */
	bool urgent;
};

struct conf_profile {
	const char *name; /* meter/schneider-pm5000 */
	const char *file;
	struct text title;
	const char *kind;
	const char *verified; /* A B C */
	uint16_t max_read, max_gap;
	uint32_t min_gap_ms;
	size_t hole_count;
	struct plan_range *holes;
	size_t point_count;
	struct conf_point *points;
};

struct conf_bus {
	const char *id;
	const char *url;
	struct driver_line line;
	const struct driver *driver;
	int source_line; /* in riser.yaml, for warnings */
};

struct conf_device {
	const char *id;
	struct text name; /* the id where the file gives none */
	const struct conf_profile *profile;
	const char *kind;
	size_t bus;
	uint8_t unit;
	const char *building, *stair; /* or NULL */
	int floors;
	const char *fed_by; /* or NULL */
	struct text owner_name;
	const char *owner_phone, *owner_rescue_code; /* or NULL */
	double rating_kva, rating_in, rating_ct, rating_pt; /* 0: not said */
	size_t point_count;
	struct conf_point *points; /* the profile's with this device's own */
	int source_line; /* in riser.yaml, for warnings */
};

struct conf {
	const char *file;
	struct {
		const char *id, *estate, *timezone;
		struct text name;
		int households;
	} site;
	struct {
		const char *path;
		int64_t journal_max_bytes, commit_every_ms;
	} store;
	size_t bus_count, device_count;
	struct conf_bus *buses;
	struct conf_device *devices;
	bool has_mqtt, has_web;
	struct mqtt_conf mqtt;
	struct {
		const char *listen;
	} web;
	struct arena *memory;
};

/* Reads FILE.  NULL if anything is wrong: every mistake was then written to
 * out, a line each, `file:line:col: path: sentence`. */
struct conf *conf_read(const char *file, FILE *out);
void conf_free(struct conf *c); /* NULL is fine */

/* The same for a text that is already here; file is its name, and relative
 * names begin in the folder of that. */
struct conf *conf_read_text(
    const char *file, const char *bytes, size_t len, FILE *out);

/* Reads one profile by itself.  NULL if anything is wrong, as above.  The
 * caller frees *memory (arena_free), in both cases. */
const struct conf_profile *conf_read_profile(
    const char *file, FILE *out, struct arena **memory);

/* Known traps that are not mistakes; a line each to out, with `warning:`.
 * Returns how many. */
int conf_warn(const struct conf *c, FILE *out);

/* The names of all devices and points, for everybody downstream.  The caller
 * has the first reference. */
struct catalog *conf_catalog(const struct conf *c);

/* The requests of one bus. */
struct plan *conf_plan(const struct conf *c, size_t bus);

/* The share of its time that a bus needs for a plan, at least: the wire's time,
 * without the devices' own.  Above 1 it cannot keep its periods. */
double conf_load(const struct conf *c, size_t bus, const struct plan *p);

/* Where riser's own data lies: config/ beside a build tree, or
 * PREFIX/share/riser.  Static text. */
const char *conf_share_dir(void);

#endif
