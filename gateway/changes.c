/*
 * changes.c - points whose changes are events: a lift's mode, its fault
 *
 * Of each such point two values are remembered: the last one seen, with which
 * the next is compared, and the last one told, from which the next event
 * begins.  They differ while changes are left out.
 *
 * A left-out change has no timer of its own: it is told with the next reading
 * of its point, for a point that is not read has nothing to say.
 */
#include "gateway/changes.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/events.h"
#include "gateway/fault_text.h"
#include "gateway/past_events.h"

#define MINUTE_MS (60 * 1000)
#define NO_POINT (-1)

/* What was read of it at one moment. */
struct moment {
	struct value value;
	struct value raw; /* the maker's number, if it came with it; else
			     VALUE_NONE */
};

struct point {
	const struct point_info *info;
	int raw; /* the device's fault_raw, if this is its fault_code; else
		    NO_POINT */
	bool known; /* something good was read of it */
	struct moment seen, told;
	uint32_t left_out; /* changes that no event tells of yet */
	int64_t minute_ms; /* when the minute began of which these are: */
	unsigned events;
};

struct device {
	const struct conf_device *conf;
	const struct device_info *info;
	struct point **of; /* by point: NULL, nobody journals it; NULL: of none
			    */
};

struct changes {
	struct arena *memory;
	size_t count; /* of points */
	struct journal *events;
	size_t device_count;
	struct device *devices;
};

/* ---- what is told ---- */

/* False: the log did not take it. */
static bool
tell(struct changes *c, const struct device *d, struct point *p,
    const struct moment *now, uint32_t changes, const struct stamp *at)
{
	struct events_change e = {
	    .device = d->info->id,
	    .point = p->info,
	    .from = &p->told.value,
	    .to = &now->value,
	    .raw = now->raw.type != VALUE_NONE ? &now->raw : NULL,
	    .raw_point = p->raw >= 0 ? &d->info->points[p->raw] : NULL,
	    .text =
		fault_text(d->conf->profile, p->info, &now->raw, &now->value),
	    .changes = changes,
	};

	return events_change(c->events, at, &e) != 0;
}

/* ---- what is read ---- */

/* A whole number that was told once is held as it was written. */
static bool
is_same(const struct value *a, const struct value *b)
{
	return value_equal(a, b) || value_number(a) == value_number(b);
}

/* A code that is none has no number to speak of. */
static bool
differs(const struct moment *a, const struct moment *b)
{
	bool is_fault =
	    b->value.type == VALUE_ENUM && b->value.i != DERIVE_FAULT_NONE;

	if (!is_same(&a->value, &b->value))
		return true;
	return is_fault && a->raw.type != VALUE_NONE &&
	    b->raw.type != VALUE_NONE && !is_same(&a->raw, &b->raw);
}

/* What was read of a point together with this one; NULL: nothing good. */
static const struct value *
find_good(const struct batch *b, int point)
{
	for (uint16_t i = 0; i < b->count && point >= 0; i++)
		if (b->readings[i].point == point)
			return b->readings[i].quality.code == QUALITY_GOOD
			    ? &b->readings[i].value
			    : NULL;
	return NULL;
}

static void
take(struct changes *c, const struct device *d, struct point *p,
    const struct moment *now, const struct stamp *at)
{
	bool changed = p->known && differs(&p->seen, now);

	p->seen = *now;
	if (!p->known)
		p->told = *now;
	p->known = true;
	p->left_out += changed;
	if (p->left_out == 0)
		return;
	if (at->mono_ms - p->minute_ms >= MINUTE_MS) {
		p->minute_ms = at->mono_ms;
		p->events = 0;
	}
	if (p->events == CHANGES_A_MINUTE ||
	    !tell(c, d, p, now, p->left_out, at))
		return;
	p->told = *now;
	p->left_out = 0;
	p->events++;
}

void
changes_take(struct changes *c, const struct batch *b)
{
	const struct device *d = &c->devices[b->device];

	for (uint16_t i = 0; i < b->count && d->of != NULL; i++) {
		const struct reading *r = &b->readings[i];
		struct point *p = d->of[r->point];
		struct moment now = {.value = r->value};
		const struct value *raw;

		if (p == NULL || r->quality.code != QUALITY_GOOD)
			continue;
		if ((raw = find_good(b, p->raw)) != NULL)
			now.raw = *raw;
		take(c, d, p, &now, &b->at);
	}
}

/* ---- what was told before ---- */

static const struct device *
find_device(const struct changes *c, const char *id)
{
	for (size_t i = 0; i < c->device_count; i++)
		if (strcmp(c->devices[i].info->id, id) == 0)
			return &c->devices[i];
	return NULL;
}

static int64_t
enum_number(const struct point_info *p, const char *name)
{
	for (uint16_t i = 0; i < p->name_count; i++)
		if (strcmp(p->names[i].name, name) == 0)
			return p->names[i].number;
	return INT64_MIN;
}

static struct value
read_text(const struct point_info *p, const char *text)
{
	struct value v = {.type = VALUE_NONE};

	if (p->form == FORM_ENUM) {
		v.i = enum_number(p, text);
		v.type = v.i == INT64_MIN ? VALUE_NONE : VALUE_ENUM;
	} else if (p->form == FORM_TEXT && strlen(text) < sizeof(v.text)) {
		strcpy(v.text, text);
		v.type = VALUE_TEXT;
	}
	return v;
}

/* VALUE_NONE: it is no value that this point could have. */
static struct value
read_value(const struct point_info *p, const json_t *told)
{
	struct value v = {.type = VALUE_NONE};

	if (json_is_string(told))
		return read_text(p, json_string_value(told));
	if (json_is_boolean(told) && p->form == FORM_BOOL) {
		v.type = VALUE_BOOL;
		v.u = json_is_true(told);
	}
	if (json_is_integer(told) &&
	    (p->form == FORM_NUMBER || p->form == FORM_ENUM)) {
		v.type = p->form == FORM_ENUM ? VALUE_ENUM : VALUE_I64;
		v.i = json_integer_value(told);
	}
	return v;
}

struct restoring {
	const struct changes *changes;
	size_t missing; /* nobody has told of them yet */
};

static struct point *
find_told(const struct changes *c, const json_t *event)
{
	const char *id = json_string_value(json_object_get(event, "device"));
	const char *name = json_string_value(json_object_get(event, "point"));
	const struct device *d = id == NULL ? NULL : find_device(c, id);
	int i = d == NULL || name == NULL ? -1 : device_find(d->info, name);

	return i < 0 || d->of == NULL ? NULL : d->of[i];
}

/* The newest event comes first. */
static bool
restore_event(void *context, const json_t *event)
{
	struct restoring *r = context;
	struct point *p = find_told(r->changes, event);
	struct moment was = {.raw.type = VALUE_NONE};
	const json_t *raw = json_object_get(event, "raw");

	if (p == NULL || p->known)
		return true;
	was.value = read_value(p->info, json_object_get(event, "to"));
	if (was.value.type == VALUE_NONE)
		return true;
	if (json_is_integer(raw)) {
		was.raw.type = VALUE_I64;
		was.raw.i = json_integer_value(raw);
	}
	p->known = true;
	p->seen = p->told = was;
	return --r->missing > 0;
}

void
changes_restore(struct changes *c, const char *dir)
{
	struct restoring r = {c, c->count};

	if (r.missing > 0)
		past_events(dir, "change", restore_event, &r);
}

/* ---- start, reload and end ---- */

static void
open_device(struct changes *c, struct device *d, const struct conf_device *conf,
    const struct device_info *info)
{
	*d = (struct device){.conf = conf, .info = info};
	for (size_t i = 0; i < conf->point_count; i++) {
		struct point *p;

		if (!conf->points[i].journal)
			continue;
		if (d->of == NULL)
			d->of = arena_array(
			    c->memory, conf->point_count, sizeof(*d->of));
		p = d->of[i] = arena_alloc(c->memory, sizeof(*p));
		p->info = &info->points[i];
		c->count++;
		p->raw = strcmp(p->info->name, "fault_code") == 0
		    ? device_find(info, "fault_raw")
		    : NO_POINT;
	}
}

static void
carry_point(struct point *p, const struct device *d, const struct device *was)
{
	int i = device_find(was->info, p->info->name);
	const struct point *old = i >= 0 ? was->of[i] : NULL;
	struct point now = *p;

	if (old == NULL || !point_same(was->info, old->info, d->info, p->info))
		return;
	*p = *old;
	p->info = now.info;
	p->raw = now.raw;
}

static void
carry_over(struct changes *c, const struct changes *old)
{
	for (size_t i = 0; i < c->device_count; i++) {
		struct device *d = &c->devices[i];
		const struct device *was = find_device(old, d->info->id);

		if (was == NULL || was->of == NULL || d->of == NULL)
			continue;
		for (size_t j = 0; j < d->conf->point_count; j++)
			if (d->of[j] != NULL)
				carry_point(d->of[j], d, was);
	}
}

struct changes *
changes_new(const struct conf *conf, const struct catalog *catalog,
    struct journal *events, const struct changes *old)
{
	struct changes *c = must_alloc(1, sizeof(*c));

	c->memory = arena_new();
	c->events = events;
	c->device_count = conf->device_count;
	c->devices =
	    arena_array(c->memory, conf->device_count, sizeof(*c->devices));
	for (size_t i = 0; i < conf->device_count; i++)
		open_device(
		    c, &c->devices[i], &conf->devices[i], &catalog->devices[i]);
	if (old != NULL)
		carry_over(c, old);
	return c;
}

void
changes_free(struct changes *c)
{
	if (c == NULL)
		return;
	arena_free(c->memory);
	free(c);
}
