/* conf_view.c - a configuration as others want it: names, requests, folders */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/conf/conf.h"

#define INSTALLED "/usr/share/riser"

/* ---- names ---- */

static const struct enum_name *
copy_names(struct arena *a, const struct decode *d)
{
	struct enum_name *names = arena_array(a, d->name_count, sizeof(*names));

	for (size_t i = 0; i < d->name_count; i++)
		names[i] = (struct enum_name){
		    d->names[i].number, arena_text(a, d->names[i].name)};
	return names;
}

static const struct point_info *
copy_points(struct arena *a, const struct conf_device *d)
{
	struct point_info *points =
	    arena_array(a, d->point_count, sizeof(*points));

	for (size_t i = 0; i < d->point_count; i++) {
		const struct conf_point *p = &d->points[i];

		points[i] = (struct point_info){
		    .name = arena_text(a, p->name),
		    .unit = arena_text(a, p->unit),
		    .role = arena_text(a, p->role),
		    .form = p->decode.form,
		    .name_count = p->decode.name_count,
		    .names = copy_names(a, &p->decode),
		};
	}
	return points;
}

static struct text
copy_people(struct arena *a, struct text t)
{
	return (struct text){arena_text(a, t.zh), arena_text(a, t.en)};
}

static struct device_info
copy_device(struct arena *a, const struct conf *c, const struct conf_device *d)
{
	return (struct device_info){
	    .id = arena_text(a, d->id),
	    .kind = arena_text(a, d->kind),
	    .point_count = (uint16_t)d->point_count,
	    .points = copy_points(a, d),
	    .name = copy_people(a, d->name),
	    .profile = arena_text(a, d->profile->name),
	    .verified = arena_text(a, d->profile->verified),
	    .building = arena_text(a, d->building),
	    .stair = arena_text(a, d->stair),
	    .floors = d->floors,
	    .fed_by = arena_text(a, d->fed_by),
	    .bus = arena_text(a, c->buses[d->bus].id),
	    .owner = copy_people(a, d->owner_name),
	    .rating_kva = d->rating_kva,
	};
}

struct catalog *
conf_catalog(const struct conf *c)
{
	struct arena *a = arena_new();
	struct catalog *names = arena_alloc(a, sizeof(*names));
	struct device_info *devices =
	    arena_array(a, c->device_count, sizeof(*devices));

	for (size_t i = 0; i < c->device_count; i++)
		devices[i] = copy_device(a, c, &c->devices[i]);
	*names = (struct catalog){
	    .device_count = (uint16_t)c->device_count,
	    .devices = devices,
	    .memory = a,
	    .refs = 1,
	};
	return names;
}

/* ---- requests ---- */

static const struct plan_point *
plan_points(struct arena *a, const struct conf_device *d)
{
	struct plan_point *points =
	    arena_array(a, d->point_count, sizeof(*points));

	for (size_t i = 0; i < d->point_count; i++)
		points[i] = (struct plan_point){
		    .point = (uint16_t)i,
		    .space = d->points[i].space,
		    .address = d->points[i].address,
		    .count = d->points[i].count,
		    .every_ms = (uint32_t)d->points[i].rule.every_ms,
		};
	return points;
}

static struct plan_device
plan_device(struct arena *a, const struct conf *c, size_t device)
{
	const struct conf_device *d = &c->devices[device];

	return (struct plan_device){
	    .device = (uint16_t)device,
	    .unit = d->unit,
	    .max_read = d->profile->max_read,
	    .max_gap = d->profile->max_gap,
	    .min_gap_ms = d->profile->min_gap_ms,
	    .hole_count = d->profile->hole_count,
	    .holes = d->profile->holes,
	    .point_count = d->point_count,
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
	p = plan_new(devices, count); /* keeps nothing of what it is given */
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

/* Beside build/riser, beside build/KIND/riser, beside PREFIX/bin/riser. */
static const char *const places[] = {
    "../config", "../../config", "../share/riser"};

const char *
conf_share_dir(void)
{
	static char found[PATH_MAX];
	char exe[PATH_MAX], probe[PATH_MAX + 64];

	if (realpath("/proc/self/exe", exe) == NULL)
		return INSTALLED;
	*strrchr(exe, '/') = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(
		    probe, sizeof(probe), "%s/%s/profiles", exe, places[i]);
		if (access(probe, R_OK | X_OK) == -1)
			continue;
		*strrchr(probe, '/') = '\0';
		if (realpath(probe, found))
			return found;
	}
	return INSTALLED; /* the program was moved away from its data */
}
