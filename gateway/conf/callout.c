/*
 * callout.c - the `people` and `notify` of a configuration
 *
 * People and channels are in files of their own; here is when they are told:
 * escalations, shifts, quiet hours, repeats.  Times of day are the site's, and
 * a span over midnight is one whose end is the smaller.
 */
#include "gateway/conf/callout.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/condition.h"
#include "gateway/conf/channel.h"
#include "gateway/conf/near.h"
#include "gateway/conf/people.h"

#define ESCALATIONS_MAX 16
#define SHIFTS_MAX 32
#define SECOND_MS 1000
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define MINUTES (24 * 60)
#define P1_BIT 1
#define LOW_BITS 0xc /* P3 and P4 */

struct draft {
	struct notify_conf conf;
	const struct node *channels, *escalate, *shifts, *quiet;
};

struct step {
	struct notify_escalation step;
	const struct node *to, *severities;
};

struct turn {
	struct notify_shift shift;
	const struct node *people;
};

struct hush {
	struct notify_hours hours;
	const struct node *severities;
};

static const struct field repeat_fields[] = {
    {"P1", WANT_DURATION, INTO(struct draft, conf.repeat_ms[0]), .max = DAY_MS},
    {"P2", WANT_DURATION, INTO(struct draft, conf.repeat_ms[1]), .max = DAY_MS},
    {"P3", WANT_DURATION, INTO(struct draft, conf.repeat_ms[2]), .max = DAY_MS},
    {"P4", WANT_DURATION, INTO(struct draft, conf.repeat_ms[3]), .max = DAY_MS},
    {.key = NULL},
};

static const struct field fields[] = {
    {"channels", WANT_NODE, INTO(struct draft, channels),
	.required = "channels: [{id: duty, type: dingtalk, url_file: "
		    "/etc/riser/duty.url}]"},
    {"escalate", WANT_NODE, INTO(struct draft, escalate)},
    {"shifts", WANT_NODE, INTO(struct draft, shifts)},
    {"quiet", WANT_NODE, INTO(struct draft, quiet)},
    {"digest", WANT_CLOCK, INTO(struct draft, conf.digest_min),
	.max = MINUTES - 1},
    {"repeat", WANT_MAP, .table = repeat_fields},
    {.key = NULL},
};

static const struct field step_fields[] = {
    {"after", WANT_DURATION, INTO(struct step, step.after_ms), .min = SECOND_MS,
	.max = DAY_MS, .required = "after: 3m"},
    {"to", WANT_NODE, INTO(struct step, to),
	.required = "to: [office], ids of channels and people"},
    {"severities", WANT_NODE, INTO(struct step, severities)},
    {.key = NULL},
};

static const struct field shift_fields[] = {
    {"id", WANT_NAME, INTO(struct turn, shift.id), .required = "id: night"},
    {"from", WANT_CLOCK, INTO(struct turn, shift.hours.from_min),
	.max = MINUTES - 1, .required = "from: \"23:00\""},
    {"to", WANT_CLOCK, INTO(struct turn, shift.hours.to_min), .max = MINUTES,
	.required = "to: \"07:00\""},
    {"people", WANT_NODE, INTO(struct turn, people),
	.required = "people: [wang]"},
    {.key = NULL},
};

static const struct field quiet_fields[] = {
    {"from", WANT_CLOCK, INTO(struct hush, hours.from_min), .max = MINUTES - 1,
	.required = "from: \"22:00\""},
    {"to", WANT_CLOCK, INTO(struct hush, hours.to_min), .max = MINUTES,
	.required = "to: \"07:00\""},
    {"severities", WANT_NODE, INTO(struct hush, severities)},
    {.key = NULL},
};

/* ---- times of day ---- */

static void
judge_hours(
    struct walk *w, const struct node *map, const struct notify_hours *h)
{
	if (h->from_min >= 0 && h->from_min == h->to_min)
		walk_refuse(w, node_get(map, "to"),
		    "is when it begins, which is no time at all; for a whole "
		    "day write from: \"00:00\" and to: \"24:00\"");
}

static void
read_shift(struct walk *w, const struct node *n, const struct node *list,
    const struct notify_conf *c, struct notify_shift *out)
{
	struct turn t = {.shift = {.id = "", .hours = {-1, -1}}};

	walk_map(w, n, shift_fields, &t);
	people_judge_id(w, n, list, "shift");
	judge_hours(w, n, &t.shift.hours);
	t.shift.person_count = people_named(w, t.people, c, &t.shift.people);
	if (t.people && t.people->kind == NODE_LIST && t.people->count == 0)
		node_error(w->diag, t.people,
		    "is empty; write whose shift it is, or drop the shift");
	*out = t.shift;
}

static bool
is_short(struct walk *w, const struct node *list, size_t most)
{
	if (!walk_is(w, list, NODE_LIST))
		return false;
	if (list->count > most)
		node_error(w->diag, list, "has %zu entries; write at most %zu",
		    list->count, most);
	return list->count <= most;
}

static void
read_shifts(struct walk *w, const struct node *list, struct notify_conf *c)
{
	struct notify_shift *shifts;

	if (list == NULL || !is_short(w, list, SHIFTS_MAX))
		return;
	shifts = arena_array(w->memory, list->count, sizeof(*shifts));
	for (const struct node *n = list->first; n; n = n->next)
		read_shift(w, n, list, c, &shifts[n->index]);
	c->shifts = shifts;
	c->shift_count = list->count;
}

/* P1 and P2 are told at any hour. */
static void
read_quiet_severities(
    struct walk *w, const struct node *list, struct notify_conf *c)
{
	bool loud = false;

	if (list->kind == NODE_LIST)
		for (const struct node *n = list->first; n; n = n->next)
			if (n->kind == NODE_TEXT &&
			    (strcmp(n->text, "P1") == 0 ||
				strcmp(n->text, "P2") == 0)) {
				walk_refuse(w, n,
				    "is never quiet: somebody may be in "
				    "danger; write P3, P4 or both");
				loud = true;
			}
	if (!loud)
		c->quiet_severities =
		    channel_severities(w, list, alarm_severity_names + 2);
}

static void
read_quiet(struct walk *w, const struct node *n, struct notify_conf *c)
{
	struct hush h = {.hours = {-1, -1}};

	if (n == NULL)
		return;
	walk_map(w, n, quiet_fields, &h);
	if (n->kind != NODE_MAP)
		return;
	judge_hours(w, n, &h.hours);
	c->has_quiet = true;
	c->quiet = h.hours;
	c->quiet_severities = LOW_BITS;
	if (h.severities)
		read_quiet_severities(w, h.severities, c);
}

/* ---- escalations ---- */

static const char *
nearest(struct walk *w, const struct notify_conf *c, const char *id)
{
	struct near near = {.text = id};

	for (size_t i = 0; i < c->channel_count; i++)
		near_try(&near, c->channels[i].id);
	for (size_t i = 0; i < c->person_count; i++)
		near_try(&near, c->people[i].id);
	return near.best ? walk_hint(w, near.best)
			 : "; write ids of channels and people";
}

static bool
is_among(const uint16_t *some, size_t count, int one)
{
	while (count > 0 && some[count - 1] != one)
		count--;
	return count > 0;
}

/* Adds it to what it is of, a channel or a person. */
static void
add_target(struct walk *w, const struct node *n, const struct notify_conf *c,
    struct notify_escalation *e, uint16_t *channels, uint16_t *people)
{
	static const struct field field = {
	    .want = WANT_TEXT, .size = sizeof(const char *)};
	const char *id = NULL;
	int found;

	walk_field(w, n, &field, &id);
	if (id == NULL)
		return;
	if ((found = channel_find(c, id)) >= 0) {
		if (is_among(channels, e->channel_count, found))
			walk_refuse(w, n, "is named twice; drop one");
		else
			channels[e->channel_count++] = (uint16_t)found;
	} else if ((found = people_find(c, id)) >= 0) {
		if (is_among(people, e->person_count, found))
			walk_refuse(w, n, "is named twice; drop one");
		else
			people[e->person_count++] = (uint16_t)found;
	} else {
		walk_refuse(
		    w, n, "is no channel and nobody%s", nearest(w, c, id));
	}
}

static void
read_targets(struct walk *w, const struct node *list,
    const struct notify_conf *c, struct notify_escalation *e)
{
	uint16_t *channels, *people;

	if (list == NULL || !walk_is(w, list, NODE_LIST))
		return;
	if (list->count == 0)
		node_error(w->diag, list,
		    "escalates to nobody; write ids of channels and people");
	channels = arena_array(w->memory, list->count, sizeof(*channels));
	people = arena_array(w->memory, list->count, sizeof(*people));
	for (const struct node *n = list->first; n; n = n->next)
		add_target(w, n, c, e, channels, people);
	e->channels = channels;
	e->people = people;
}

/* The order in which they come, and of one time as they are written. */
static void
insert(struct notify_escalation *steps, size_t count,
    const struct notify_escalation *e)
{
	for (; count > 0 && steps[count - 1].after_ms > e->after_ms; count--)
		steps[count] = steps[count - 1];
	steps[count] = *e;
}

static void
read_escalations(struct walk *w, const struct node *list, struct notify_conf *c)
{
	struct notify_escalation *steps;

	if (list == NULL || !is_short(w, list, ESCALATIONS_MAX))
		return;
	steps = arena_array(w->memory, list->count, sizeof(*steps));
	for (const struct node *n = list->first; n; n = n->next) {
		struct step s = {.step.severities = P1_BIT};

		walk_map(w, n, step_fields, &s);
		read_targets(w, s.to, c, &s.step);
		if (s.severities)
			s.step.severities = channel_severities(
			    w, s.severities, alarm_severity_names);
		insert(steps, n->index, &s.step);
	}
	c->escalations = steps;
	c->escalation_count = list->count;
}

/* ---- what texts say of devices ---- */

static int
by_id(const void *pa, const void *pb)
{
	const struct notify_device *a = pa, *b = pb;

	return strcmp(a->id, b->id);
}

static struct notify_device
device_of(const struct conf_device *d)
{
	return (struct notify_device){
	    .id = d->id,
	    .kind = d->kind,
	    .name = d->name,
	    .building = d->building,
	    .stair = d->stair,
	    .owner_name = d->owner_name,
	    .owner_phone = d->owner_phone,
	    .rescue_code = d->owner_rescue_code,
	};
}

static void
take_devices(struct walk *w, const struct conf *c, struct notify_conf *out)
{
	size_t count = c->device_count;
	struct notify_device *devices =
	    arena_array(w->memory, count + 1, sizeof(*devices));

	for (size_t i = 0; i < count; i++)
		devices[i] = device_of(&c->devices[i]);
	devices[count++] = device_of(&c->gateway);
	qsort(devices, count, sizeof(*devices), by_id);
	out->devices = devices;
	out->device_count = count;
}

/* ---- all of it ---- */

void
callout_read(struct walk *w, const struct node *people,
    const struct node *notify, const char *dir, struct conf *c)
{
	struct draft d = {.conf = {
			      .site = c->site.id,
			      .site_name = c->site.name,
			      .dir = c->store.path,
			      .digest_min = 8 * 60,
			      .repeat_ms = {180 * SECOND_MS, 1800 * SECOND_MS},
			  }};

	people_read(w, people, &d.conf);
	if (notify == NULL)
		return;
	walk_map(w, notify, fields, &d);
	if (notify->kind != NODE_MAP)
		return;
	if (d.channels)
		channel_read(w, d.channels, people, dir, &d.conf);
	read_escalations(w, d.escalate, &d.conf);
	read_shifts(w, d.shifts, &d.conf);
	read_quiet(w, d.quiet, &d.conf);
	take_devices(w, c, &d.conf);
	c->has_notify = true;
	c->notify = d.conf;
	c->notify_line = notify->key_at.line;
}
