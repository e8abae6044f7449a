/*
 * device.c - the `devices` of a configuration
 *
 * Three passes, for fed_by may name a device that comes later in the file, and
 * which alarms a device has depends on whom it feeds: the devices, who feeds
 * whom (supply.c), the alarms.  Names are found by linear search: a few hundred
 * devices at most share a gateway.
 */
#include "gateway/conf/device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conf/derived.h"
#include "gateway/conf/near.h"
#include "gateway/conf/rule.h"
#include "gateway/conf/supply.h"

#define DEVICES_MAX                                                            \
	2048 /* eight full serial lines; a street is many gateways */
#define HEARTBEAT_DEFAULT_MS (60 * 1000)
#define HEARTBEAT_MIN_MS 100
#define HEARTBEAT_MAX_MS (24 * 3600 * 1000)
#define UNIT_MAX 247 /* of the standard; 248..255 are reserved */
#define TRANSFORMER_KV 0.4 /* the low-voltage side of an estate's */
#define UNIT_TCP 255 /* the device itself, where there is no line behind it */

struct draft {
	struct conf_device device;
	const char *profile, *bus;
	const struct kind *vocabulary; /* of its kind; NULL: unknown */
	int64_t unit, heartbeat_ms;
	struct decimal rating[RATING_COUNT];
	const struct node *points, *derive, *alarms;
};

/* What becomes of a device's alarms once it is known whom it feeds. */
struct watching {
	bool wanted; /* false: there are mistakes in its points, and told */
	struct layers layers;
};

static const struct field place_fields[] = {
    {"building", WANT_TEXT, INTO(struct draft, device.building)},
    {"stair", WANT_TEXT, INTO(struct draft, device.stair)},
    {"floors", WANT_INTEGER, INTO(struct draft, device.floors), .min = 1,
	.max = 200},
    {.key = NULL},
};

static const struct field owner_fields[] = {
    {"name", WANT_PEOPLE, INTO(struct draft, device.owner_name)},
    {"phone", WANT_TEXT, INTO(struct draft, device.owner_phone)},
    {"rescue_code", WANT_TEXT, INTO(struct draft, device.owner_rescue_code)},
    {.key = NULL},
};

static const struct field rating_fields[] = {
    {"kva", WANT_FACTOR, INTO(struct draft, rating[RATING_KVA])},
    {"in", WANT_FACTOR, INTO(struct draft, rating[RATING_IN])},
    {"ct", WANT_FACTOR, INTO(struct draft, rating[RATING_CT])},
    {"pt", WANT_FACTOR, INTO(struct draft, rating[RATING_PT])},
    {.key = NULL},
};

static const struct field device_fields[] = {
    {"id", WANT_NAME, INTO(struct draft, device.id),
	.required = "id: lift-3-1"},
    {"name", WANT_PEOPLE, INTO(struct draft, device.name)},
    {"profile", WANT_PATH_NAME, INTO(struct draft, profile),
	.required = "profile: meter/schneider-pm5000"},
    {"kind", WANT_WORD, INTO(struct draft, device.kind),
	.words = profile_kinds},
    {"bus", WANT_NAME, INTO(struct draft, bus),
	.required = "bus: shaft-3, the id of one of the buses"},
    {"unit", WANT_INTEGER, INTO(struct draft, unit), .max = UNIT_TCP,
	.required = "unit: 1"},
    {"place", WANT_MAP, .table = place_fields},
    {"fed_by", WANT_NAME, INTO(struct draft, device.fed_by)},
    {"owner", WANT_MAP, .table = owner_fields},
    {"rating", WANT_MAP, .table = rating_fields},
    {"heartbeat", WANT_DURATION, INTO(struct draft, heartbeat_ms),
	.min = HEARTBEAT_MIN_MS, .max = HEARTBEAT_MAX_MS},
    {"points", WANT_NODE, INTO(struct draft, points)},
    {"derive", WANT_NODE, INTO(struct draft, derive)},
    {"alarms", WANT_NODE, INTO(struct draft, alarms)},
    {.key = NULL},
};

/* ---- names ---- */

static int
find_device(const struct conf *c, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(c->devices[i].id, id) == 0)
			return (int)i;
	return -1;
}

static void
judge_id(
    struct walk *w, const struct node *n, const struct conf *c, const char *id)
{
	int other = find_device(c, c->device_count, id);

	if (n == NULL || *id == '\0')
		return;
	if (other >= 0)
		walk_refuse(w, n,
		    "is the id of the device in line %d too; "
		    "write another",
		    c->devices[other].source_line);
	else if (strcmp(id, "gateway") == 0)
		walk_refuse(w, n, "is riser itself; write another");
}

/* False if there is no such bus, which was told. */
static bool
find_bus(struct walk *w, const struct node *n, const struct conf *c,
    const char *id, size_t *bus)
{
	struct near near = {.text = id};

	for (size_t i = 0; i < c->bus_count; i++) {
		if (strcmp(c->buses[i].id, id) == 0) {
			*bus = i;
			return true;
		}
		near_try(&near, c->buses[i].id);
	}
	walk_refuse(w, n, "is no bus%s",
	    near.best ? walk_hint(w, near.best)
		      : "; write the id of one of the buses");
	return false;
}

static void
judge_unit(struct walk *w, const struct node *n, const struct conf_bus *bus,
    int64_t unit)
{
	if (n == NULL || unit < 0)
		return;
	if (bus->line.baud != 0) {
		if (unit < 1 || unit > UNIT_MAX)
			walk_refuse(w, n,
			    "is no unit of a serial line; write "
			    "1 to 247");
	} else if (unit > UNIT_MAX && unit != UNIT_TCP) {
		walk_refuse(w, n, "is reserved; write 0 to 247, or 255");
	}
}

/* ---- one device ---- */

/* A transformer's rated current follows from its kVA. */
static void
take_ratings(struct draft *d)
{
	struct conf_device *dev = &d->device;

	dev->rating_kva = decimal_number(d->rating[RATING_KVA]);
	dev->rating_in = decimal_number(d->rating[RATING_IN]);
	dev->rating_ct = decimal_number(d->rating[RATING_CT]);
	dev->rating_pt = decimal_number(d->rating[RATING_PT]);
	if (dev->rating_in == 0 && strcmp(dev->kind, "transformer") == 0)
		dev->rating_in = dev->rating_kva / (sqrt(3) * TRANSFORMER_KV);
}

/* They live in memory until those that are derived of them are known.  False if
 * that cannot be judged. */
static bool
take_points(struct walk *w, const struct node *self, const struct profile *p,
    struct arena *memory, struct draft *d)
{
	struct conf_device *dev = &d->device;
	struct point_frame frame = p->frame;
	struct point_device own = {
	    .self = self,
	    .kind = node_get(self, "kind"),
	    .points = d->points,
	    .rated = node_get(self, "rating"),
	    .derive = p->derive,
	};
	struct point_set set = {.memory = memory};

	memcpy(own.rating, d->rating, sizeof(own.rating));
	frame.kind = d->vocabulary;
	point_merge(w, &p->points, &frame, p->kind, &own, &set);
	dev->points = set.points;
	dev->point_count = dev->polled_count = set.count;
	return set.formed;
}

static struct conf_point *
take_formulas(struct walk *w, const struct profile *p, struct arena *memory,
    struct draft *d, struct watching *watching)
{
	struct conf_point *points;
	struct layers *l = &watching->layers;

	*l = (struct layers){
	    .kind = d->vocabulary,
	    .profile = p->derive,
	    .device = d->derive,
	    .repeats = p->frame.repeats,
	    .repeat_count = p->frame.repeat_count,
	};
	points = derived_read(w, l, &p->conf, &d->device, memory);
	l->profile = p->alarms;
	l->device = d->alarms;
	watching->wanted = true;
	return points;
}

/* Many devices have the same. */
static void
keep_points(struct walk *w, struct draft *d, struct conf_point *points)
{
	struct conf_device *dev = &d->device;

	for (size_t i = 0; i < dev->point_count; i++)
		if (points[i].rule.heartbeat_ms == 0)
			points[i].rule.heartbeat_ms = d->heartbeat_ms;
	dev->points =
	    arena_once(w->memory, points, dev->point_count * sizeof(*points));
}

static void
take_profile(struct walk *w, const struct node *self, const struct profile *p,
    struct library *library, struct draft *d, struct watching *watching)
{
	struct conf_device *dev = &d->device;
	struct arena *memory = arena_new();

	dev->profile = &p->conf;
	if (dev->kind == NULL)
		dev->kind = p->conf.kind;
	d->vocabulary = strcmp(dev->kind, p->conf.kind) == 0
	    ? p->kind
	    : library_kind(library, dev->kind);
	take_ratings(d);
	if (take_points(w, self, p, memory, d) && d->vocabulary)
		keep_points(w, d, take_formulas(w, p, memory, d, watching));
	else
		dev->point_count = dev->polled_count =
		    0; /* there are mistakes, and told */
	arena_free(memory);
}

static void
read_one(struct walk *w, const struct node *n, struct library *library,
    struct conf *c, struct watching *watching)
{
	struct draft d = {.device = {.id = "", .source_line = n->at.line},
	    .unit = -1,
	    .heartbeat_ms = HEARTBEAT_DEFAULT_MS};
	struct conf_device *dev = &d.device;
	const struct profile *p;

	walk_map(w, n, device_fields, &d);
	if (dev->name.zh == NULL && dev->name.en == NULL)
		dev->name.zh = dev->name.en = dev->id;
	judge_id(w, node_get(n, "id"), c, dev->id);
	if (d.bus && find_bus(w, node_get(n, "bus"), c, d.bus, &dev->bus))
		judge_unit(w, node_get(n, "unit"), &c->buses[dev->bus], d.unit);
	dev->unit = (uint8_t)d.unit;
	if (d.profile && (p = library_take(library, node_get(n, "profile"))))
		take_profile(w, n, p, library, &d, watching);
	c->devices[c->device_count++] = d.device;
}

static void
read_all(struct walk *w, const struct node *list, struct library *library,
    struct conf *c)
{
	struct watching *watching = must_alloc(list->count, sizeof(*watching));

	for (const struct node *n = list->first; n; n = n->next)
		read_one(w, n, library, c, &watching[n->index]);
	supply_read(w, list, c);
	for (size_t i = 0; i < c->device_count; i++)
		if (watching[i].wanted)
			rule_read(w, &watching[i].layers, &c->devices[i]);
	free(watching);
}

void
device_read(struct walk *w, const struct node *list, struct library *library,
    struct conf *c)
{
	if (!walk_is(w, list, NODE_LIST))
		return;
	if (list->count > DEVICES_MAX) {
		node_error(w->diag, list,
		    "has %zu devices; a gateway has at "
		    "most %d: take a second one",
		    list->count, DEVICES_MAX);
		return;
	}
	c->devices = arena_array(w->memory, list->count, sizeof(*c->devices));
	read_all(w, list, library, c);
}
