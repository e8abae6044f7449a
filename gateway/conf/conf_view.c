/*
 * conf_view.c - a configuration as others want it: names, alarms, requests,
 * folders
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/alarm/limits.h"
#include "gateway/base/buf.h"
#include "gateway/base/crc32c.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/rule.h"

#define INSTALLED "/usr/share/riser"

/* ---- names ---- */

static struct text
copy_people(struct arena *a, struct text t)
{
	return (struct text){
	    arena_text_once(a, t.zh), arena_text_once(a, t.en)};
}

static const struct enum_name *
copy_names(struct arena *a, const struct decode *d)
{
	struct enum_name *names = must_alloc(d->name_count, sizeof(*names));
	const struct enum_name *copy;

	for (size_t i = 0; i < d->name_count; i++)
		names[i] = (struct enum_name){
		    d->names[i].number, arena_text_once(a, d->names[i].name)};
	copy = arena_once(a, names, d->name_count * sizeof(*names));
	free(names);
	return copy;
}

static const struct text *
copy_texts(struct arena *a, const struct conf_point *p)
{
	size_t count = p->decode.name_count;
	const struct text *copy;
	struct text *texts;

	if (p->name_texts == NULL)
		return NULL;
	texts = must_alloc(count, sizeof(*texts));
	for (size_t i = 0; i < count; i++)
		texts[i] = copy_people(a, p->name_texts[i]);
	copy = arena_once(a, texts, count * sizeof(*texts));
	free(texts);
	return copy;
}

/* ---- what a point is ---- */

static void
put_scaling(struct buf *b, struct decimal scale, struct decimal offset)
{
	buf_printf(b, " %lld/%u+%lld/%u", (long long)scale.mantissa,
	    scale.places, (long long)offset.mantissa, offset.places);
}

static void
put_polled(struct buf *b, const struct conf_point *p)
{
	const struct decode *d = &p->decode;

	buf_printf(b, "%u:%u+%u %u %u %u", p->space, p->address, p->count,
	    d->type, d->order, d->form);
	if (d->has_bits)
		buf_printf(b, " bits %u %u", d->bit_low, d->bit_high);
	if (d->has_pow10)
		buf_printf(b, " pow10 %d", d->pow10_at);
	put_scaling(b, d->scale, d->offset);
	for (size_t i = 0; i < d->unit_count; i++) {
		buf_printf(
		    b, " %d %lld", d->unit_at, (long long)d->units[i].raw);
		put_scaling(b, d->units[i].scale, d->units[i].offset);
	}
	for (size_t i = 0; i < d->state_count; i++)
		buf_printf(b, " %lld=%lld", (long long)d->states[i].raw,
		    (long long)d->states[i].number);
}

static void
put_derived(struct buf *b, const struct derive *d)
{
	if (d->expr)
		buf_printf(b, "expr %08x", expr_checksum(d->expr));
	for (size_t i = 0; i < d->fault_count; i++)
		buf_printf(b, " %u %lld=%lld", d->fault_point,
		    (long long)d->faults[i].raw,
		    (long long)d->faults[i].number);
}

static uint32_t
sum_of(struct buf *b)
{
	uint32_t sum = crc32c(0, b->data, b->len);

	buf_free(b);
	return sum;
}

/* Another device at the bus, another register, another scale: another number
 * comes out, and an old value is not one of it. */
static uint32_t
device_definition(const struct conf *c, const struct conf_device *d)
{
	struct buf b = {0};

	buf_printf(
	    &b, "%s %u %s", c->buses[d->bus].url, d->unit, d->profile->name);
	return sum_of(&b);
}

static uint32_t
definition(const struct conf_point *p)
{
	struct buf b = {0};

	if (p->derive)
		put_derived(&b, p->derive);
	else
		put_polled(&b, p);
	for (size_t i = 0; i < p->decode.name_count; i++)
		buf_printf(&b, " %lld=%s", (long long)p->decode.names[i].number,
		    p->decode.names[i].name);
	return sum_of(&b);
}

static struct limits
limits_of(const struct conf_device *d, const struct conf_point *p)
{
	struct limits limits = {.has_low = false};
	uint8_t form = p->derive ? p->derive->form : p->decode.form;

	if (form == FORM_NUMBER)
		limits_find(&limits, d->alarms, d->alarm_count,
		    (uint16_t)(p - d->points));
	return limits;
}

static struct point_info
copy_point(
    struct arena *a, const struct conf_device *d, const struct conf_point *p)
{
	struct limits limits = limits_of(d, p);

	return (struct point_info){
	    .name = arena_text_once(a, p->name),
	    .unit = arena_text_once(a, p->unit),
	    .role = arena_text_once(a, p->role),
	    .form = p->derive ? p->derive->form : p->decode.form,
	    .name_count = p->decode.name_count,
	    .names = copy_names(a, &p->decode),
	    .title = copy_people(a, p->title),
	    .name_texts = copy_texts(a, p),
	    .has_valid = p->derive ? p->derive->has_valid : p->decode.has_valid,
	    .valid_min = p->derive ? p->derive->valid_min : p->decode.valid_min,
	    .valid_max = p->derive ? p->derive->valid_max : p->decode.valid_max,
	    .has_low = limits.has_low,
	    .has_high = limits.has_high,
	    .low = limits.low,
	    .high = limits.high,
	    .definition = definition(p),
	};
}

static const struct point_info *
copy_points(struct arena *a, const struct conf_device *d)
{
	struct point_info *points = must_alloc(d->point_count, sizeof(*points));
	const struct point_info *copy;

	for (size_t i = 0; i < d->point_count; i++)
		points[i] = copy_point(a, d, &d->points[i]);
	copy = arena_once(a, points, d->point_count * sizeof(*points));
	free(points);
	return copy;
}

/* What riser itself has as well, which is on no bus and of no profile. */
static struct device_info
copy_itself(struct arena *a, const struct conf_device *d)
{
	return (struct device_info){
	    .id = arena_text_once(a, d->id),
	    .kind = arena_text_once(a, d->kind),
	    .point_count = (uint16_t)d->point_count,
	    .points = copy_points(a, d),
	    .name = copy_people(a, d->name),
	};
}

static struct device_info
copy_device(struct arena *a, const struct conf *c, const struct conf_device *d)
{
	struct device_info info = copy_itself(a, d);

	info.profile = arena_text_once(a, d->profile->name);
	info.verified = arena_text_once(a, d->profile->verified);
	info.building = arena_text_once(a, d->building);
	info.stair = arena_text_once(a, d->stair);
	info.floors = d->floors;
	info.fed_by = arena_text_once(a, d->fed_by);
	info.bus = arena_text_once(a, c->buses[d->bus].id);
	info.owner = copy_people(a, d->owner_name);
	info.owner_phone = arena_text_once(a, d->owner_phone);
	info.rescue_code = arena_text_once(a, d->owner_rescue_code);
	info.rating_kva = d->rating_kva;
	info.definition = device_definition(c, d);
	return info;
}

struct catalog *
conf_catalog(const struct conf *c)
{
	struct arena *a = arena_new();
	struct catalog *names = arena_alloc(a, sizeof(*names));
	struct device_info *devices =
	    arena_array(a, c->device_count + 1, sizeof(*devices));

	for (size_t i = 0; i < c->device_count; i++)
		devices[i] = copy_device(a, c, &c->devices[i]);
	devices[c->device_count] = copy_itself(a, &c->gateway);
	arena_settle(a);
	*names = (struct catalog){
	    .device_count = (uint16_t)(c->device_count + 1),
	    .devices = devices,
	    .memory = a,
	    .refs = 1,
	};
	return names;
}

/* ---- alarms ---- */

size_t
conf_alarm_count(const struct conf *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->device_count; i++)
		count += c->devices[i].alarm_count;
	for (size_t i = 0; i < c->gateway.alarm_count; i++)
		count += rule_asks(&c->gateway.alarms[i], POINT_BUS_UP)
		    ? c->bus_count
		    : 1;
	return count;
}

/* ---- requests ---- */

static const struct plan_point *
plan_points(struct arena *a, const struct conf_device *d)
{
	struct plan_point *points =
	    arena_array(a, d->polled_count, sizeof(*points));

	for (size_t i = 0; i < d->polled_count; i++) {
		const struct conf_point *p = &d->points[i];

		points[i] = (struct plan_point){
		    .point = (uint16_t)i,
		    .space = p->space,
		    .address = p->first,
		    .count = p->span,
		    .every_ms = (uint32_t)p->rule.every_ms,
		    .lead = (uint16_t)(p->address - p->first),
		    .urgent = p->urgent,
		};
	}
	return points;
}

static struct plan_device
plan_device(struct arena *a, const struct conf *c, size_t device)
{
	const struct conf_device *d = &c->devices[device];
	const struct conf_identity *id = &d->profile->identity;

	return (struct plan_device){
	    .device = (uint16_t)device,
	    .unit = d->unit,
	    .max_read = d->profile->max_read,
	    .max_gap = d->profile->max_gap,
	    .min_gap_ms = d->profile->min_gap_ms,
	    .hole_count = d->profile->hole_count,
	    .holes = d->profile->holes,
	    .has_identity = id->wanted,
	    .identity = {.space = id->space,
		.address = id->address,
		.count = id->count},
	    .point_count = d->polled_count,
	    .points = plan_points(a, d),
	};
}

struct plan *
conf_plan(const struct conf *c, size_t bus)
{
	struct arena *a = arena_new();
	struct plan_device *devices =
	    arena_array(a, c->device_count, sizeof(*devices));
	size_t count = 0;
	struct plan *p;

	for (size_t i = 0; i < c->device_count; i++)
		if (c->devices[i].bus == bus)
			devices[count++] = plan_device(a, c, i);
	/* It keeps nothing of what it is given. */
	p = plan_new(devices, count, c->buses[bus].driver, &c->buses[bus].line);
	arena_free(a);
	return p;
}

double
conf_load(const struct conf *c, size_t bus, const struct plan *p)
{
	const struct conf_bus *b = &c->buses[bus];
	double load = 0;

	for (size_t i = 0; i < p->request_count; i++) {
		const struct plan_request *r = &p->requests[i];

		load += (double)b->driver->cost_us(&b->line, &r->ask) /
		    (1000.0 * r->every_ms);
	}
	return load;
}

/* ---- folders ---- */

/* Beside build/riser, build/KIND/riser (and build/tests/), build/KIND/tests/,
 * beside PREFIX/bin/riser. */
static const char *const places[] = {
    "../config", "../../config", "../../../config", "../share/riser"};

/* Where the program lies; "" if that cannot be known. */
static void
program_dir(char dir[PATH_MAX])
{
	dir[0] = '\0';
	if (realpath("/proc/self/exe", dir) != NULL)
		*strrchr(dir, '/') = '\0';
}

const char *
conf_share_dir(void)
{
	static char found[PATH_MAX];
	char dir[PATH_MAX], probe[PATH_MAX + 64];

	program_dir(dir);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(
		    probe, sizeof(probe), "%s/%s/profiles", dir, places[i]);
		if (access(probe, R_OK | X_OK) == -1)
			continue;
		*strrchr(probe, '/') = '\0';
		if (realpath(probe, found))
			return found;
	}
	return INSTALLED; /* the program was moved away from its data */
}

const char *
conf_share_places(void)
{
	static char text[PATH_MAX + 256];
	char dir[PATH_MAX];
	size_t len = 0;

	program_dir(dir);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    i == 0 ? "" : ", ", places[i]);
	snprintf(text + len, sizeof(text) - len,
	    " (from %s/, where riser lies) and " INSTALLED, dir);
	return text;
}
