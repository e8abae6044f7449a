/*
 * conf.h - riser.yaml and the profiles it names, read and judged
 *
 * conf_read reports every mistake it finds, in all files, and gives a
 * configuration only if there is none.  What it gives is complete: defaults
 * filled in, names resolved to indices, profiles merged with each device's
 * overrides.  All memory belongs to the conf; devices that have the same share
 * it.
 */
#ifndef CONF_H
#define CONF_H

#include <stdio.h>

#include "drivers/driver.h"
#include "gateway/alarm/condition.h"
#include "gateway/base/arena.h"
#include "gateway/measure/deadband.h"
#include "gateway/measure/decode.h"
#include "gateway/measure/derive.h"
#include "gateway/poll/plan.h"
#include "gateway/sinks/influx.h"
#include "gateway/sinks/mqtt.h"
#include "gateway/sinks/notify.h"
#include "gateway/store/journal.h"

/* How the simulator plays a point. */
enum sim_shape {
	SIM_NONE, /* as its kind's model has it */
	SIM_CONSTANT, /* min */
	SIM_DAILY, /* low at night, high in the evening */
	SIM_NIGHT, /* max while it is dark, else min */
	SIM_DRIFT, /* wanders */
	SIM_COUNTER, /* min, and max more each hour */
};

struct conf_sim {
	uint8_t shape; /* enum sim_shape */
	double min, max;
};

struct conf_point {
	const char *name;
	struct text title; /* of the kind; or NULLs */
	const struct derive *derive; /* NULL: it is polled */
	uint8_t space; /* enum driver_space */
	uint16_t address; /* PDU, from 0 */
	uint16_t count; /* registers or bits */
	uint16_t first, span; /* what is read with it: its own registers and
				 those that say its unit and decimals */
	const char *unit; /* "" dimensionless */
	const char *role; /* "" or "counter" */
	struct decode decode;
	struct deadband_rule rule; /* every_ms among it; of a derived point
				      the fastest of its inputs' */
	bool urgent;
	bool journal; /* its changes are events; no number */
	const struct text *name_texts; /* of its decode's names, for people, or
					  NULLs; or NULL: there are none */
	struct conf_sim sim;
};

/* A register that says which model this is. */
struct conf_identity {
	bool wanted; /* there is one */
	uint8_t space;
	uint16_t address, count;
	struct decode decode;
	double min, max; /* of a number */
	const char *text; /* of a text: how it begins; else NULL */
};

/* The maker's fault number and what people are told of it. */
struct conf_fault {
	int64_t raw;
	int64_t number; /* of the normalized code */
	const char *code; /* SAFETY_CHAIN */
	uint8_t severity; /* becomes the point fault_severity, by which the
			     kind's alarms tell it */
	struct text text;
};

struct conf_profile {
	const char *name; /* meter/schneider-pm5000 */
	const char *file;
	struct text title;
	const char *kind;
	const char *verified; /* A B C */
	const char *source; /* where the facts come from, or NULL */
	uint16_t address_base; /* what the maker calls the first register */
	uint16_t max_read, max_gap;
	uint32_t min_gap_ms;
	size_t hole_count;
	struct plan_range *holes;
	struct conf_identity identity;
	size_t point_count;
	struct conf_point *points; /* polled ones */
	size_t fault_count;
	struct conf_fault *faults; /* sorted by raw */
};

struct conf_bus {
	const char *id;
	const char *url;
	struct driver_line line;
	const struct driver *driver;
	int source_line; /* in riser.yaml, for warnings */
};

/* A derived point that this device cannot have. */
struct conf_gone {
	const char *name;
	const char *needs; /* a point or a rating that is not there; NULL: it is
			      wrong, and told */
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
	const struct conf_device *feeder; /* the device of that id, which feeds
					     this one */
	bool feeds_lift; /* itself, or through what it feeds */
	struct text owner_name;
	const char *owner_phone, *owner_rescue_code; /* or NULL */
	double rating_kva, rating_in, rating_ct, rating_pt; /* 0: not said */
	size_t point_count, polled_count;
	const struct conf_point *points; /* the profile's with this device's
				      own, then the derived in the order in
				      which one needs the other */
	size_t alarm_count;
	const struct alarm_rule *alarms; /* sorted by name */
	size_t gone_count;
	struct conf_gone *gones;
	size_t lack_count;
	const char **lacks; /* what missing ratings or floors cost */
	int source_line; /* in riser.yaml, for warnings */
};

struct conf_store {
	const char *path;
	int64_t journal_max_bytes, events_max_bytes,
	    history_max_bytes; /* on disk */
	int64_t commit_every_ms;
	int64_t clock_wait_ms; /* see timeline.h */
};

struct conf_web {
	const char *listen;
	const char
	    *users_file; /* need not be there yet; NULL: nobody logs in */
	const char *cert, *key; /* texts in PEM; NULL: no TLS */
	int64_t cert_from_ms, cert_until_ms; /* Unix */
	const char *trusted_proxy; /* an address; or NULL */
	size_t host_count;
	const char **hosts; /* names, the certificate's among them */
	bool allow_plaintext;
	int source_line; /* in riser.yaml, for warnings */
};

struct conf {
	const char *file;
	struct {
		const char *id, *estate, *timezone;
		struct text name;
		int households;
	} site;
	struct conf_store store;
	size_t bus_count, device_count;
	struct conf_bus *buses;
	struct conf_device *devices;
	/* riser itself: what it can tell of itself (enum conf_gateway_point),
	 * and the alarms on that; on no bus (its bus says nothing), without a
	 * profile, none of devices */
	struct conf_device gateway;
	const char *version; /* 8 hex digits: a checksum of riser.yaml and the
				profiles and kinds that were read */
	bool has_mqtt, has_influx, has_web, has_notify;
	struct mqtt_conf mqtt;
	struct influx_conf influx;
	struct notify_conf notify;
	int notify_line; /* in riser.yaml, for warnings */
	struct conf_web web;
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

/* The names of all devices and points, for everybody downstream: those of
 * c->devices in that order, and riser itself as the last.  The caller has the
 * first reference. */
struct catalog *conf_catalog(const struct conf *c);

/* The requests of one bus. */
struct plan *conf_plan(const struct conf *c, size_t bus);

/* How many alarms there are, riser's own among them; one that asks bus_up
 * stands once for each bus. */
size_t conf_alarm_count(const struct conf *c);

/* The share of its time that a bus needs for a plan, at least: the wire's time,
 * without the devices' own.  Above 1 it cannot keep its periods. */
double conf_load(const struct conf *c, size_t bus, const struct plan *p);

/* What riser tells of itself; the points of conf->gateway, in this order. */
enum conf_gateway_point {
	GATEWAY_CPU_TEMP,
	GATEWAY_DISK_USED,
	GATEWAY_BUFFER_USED,
	GATEWAY_UPLINK,
	GATEWAY_CLOCK_SYNCED,
	GATEWAY_STORE_OK, /* what is accepted reaches the disk */
	GATEWAY_HISTORY_OK, /* what people look back at does */
	GATEWAY_HISTORY_ASIDE, /* a damaged history, or a newer one, lies beside
				*/
	GATEWAY_HISTORY_MISSED, /* batches it never had, of the last day */
	/* not known where nobody is notified: */
	GATEWAY_NOTIFY_OK, /* no P1 waits for a channel that takes it */
	GATEWAY_NOTIFY_FAILING, /* channels that took nothing the last time */
	GATEWAY_POINTS
};

/* Whether two configurations have the same, as far as a running part was made
 * with it: then a reload leaves that part alone. */
bool conf_same_mqtt(const struct conf *a, const struct conf *b);
bool conf_same_influx(const struct conf *a, const struct conf *b);
bool conf_same_notify(const struct conf *a, const struct conf *b);
bool conf_same_web(const struct conf *a, const struct conf *b);
bool conf_same_store(const struct conf *a, const struct conf *b);

/* Where riser's own data lies: config/ beside a build tree, or
 * PREFIX/share/riser.  Static text. */
const char *conf_share_dir(void);

/* All places where it is looked for, for people: "A, B and C".  Static text. */
const char *conf_share_places(void);

#endif
