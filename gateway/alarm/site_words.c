/*
 * site_words.c - the value and the texts of an alarm that is raised
 *
 * A list of cars gets the room that the rest of the text leaves: so the text is
 * filled in twice, first without it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/site.h"
#include "gateway/alarm/wording.h"
#include "gateway/alarm/wording_cars.h"

/* What may be said beside the device's points; of each device some. */
enum fact {
	FACT_BUS,
	FACT_DEVICES,
	FACT_OCCUPIED,
	FACT_DOUBT,
	FACT_POSITION,
	FACT_FAULT,
	FACT_CUT,
	FACT_COUNT,
	FACT_CARS,
	FACT_LATE,
	FACTS
};

static const char *const fact_names[FACTS] = {
    [FACT_BUS] = "bus",
    [FACT_DEVICES] = "devices",
    [FACT_OCCUPIED] = "occupied",
    [FACT_DOUBT] = "doubt",
    [FACT_POSITION] = "position",
    [FACT_FAULT] = "fault_text",
    [FACT_CUT] = "cut",
    [FACT_COUNT] = "count",
    [FACT_CARS] = "cars",
    [FACT_LATE] = "late_cars",
};

struct facts {
	size_t count;
	struct wording_fact of[FACTS];
	const struct sweep_list *cars; /* to be listed; or NULL */
	char number[16];
	char position_zh[128], position_en[128];
	char all[ALARM_TEXT_MAX], late[ALARM_TEXT_MAX]; /* cars, in one
							   language */
};

static struct wording_fact *
add(struct facts *f, enum fact fact, struct text text)
{
	f->of[f->count] = (struct wording_fact){fact_names[fact], text};
	return &f->of[f->count++];
}

static void
add_number(struct facts *f, enum fact fact, uint32_t number)
{
	snprintf(f->number, sizeof(f->number), "%" PRIu32, number);
	add(f, fact, (struct text){f->number, f->number});
}

static void
add_bus(struct facts *f, const struct alarms *a, uint16_t bus)
{
	add(f, FACT_BUS, (struct text){a->conf.buses[bus], a->conf.buses[bus]});
	add_number(f, FACT_DEVICES, a->buses[bus].devices);
}

/* The floor as people see it, or "". */
static const char *
floor_label(const struct alarms *a, const struct watch *w, struct value *label)
{
	const struct alarms_device *d = &a->conf.devices[w->device];
	const struct site_looker looker = {a, w};
	struct derive_input in;

	for (uint16_t i = 0; i < d->point_count; i++) {
		if (strcmp(d->points[i].name, "floor_label") != 0)
			continue;
		in = site_get(&looker, i);
		*label = in.value;
		return quality_has_value(in.quality) &&
			in.value.type == VALUE_TEXT
		    ? label->text
		    : "";
	}
	return "";
}

static void
add_position(struct facts *f, const struct alarms *a, const struct watch *w,
    const struct car *c)
{
	struct car_state now = car_state_since(c, a->now_ms);
	struct value value;
	const char *label = floor_label(a, w, &value);
	struct buf out;

	buf_fixed(&out, f->position_zh, sizeof(f->position_zh));
	wording_position(&out, &now, label, false);
	buf_fixed(&out, f->position_en, sizeof(f->position_en));
	wording_position(&out, &now, label, true);
	add(f, FACT_POSITION, (struct text){f->position_zh, f->position_en});
}

static void
add_car(struct facts *f, const struct car *c)
{
	add(f, FACT_OCCUPIED, wording_occupied((enum car_occupied)c->occupied));
	add(f, FACT_DOUBT, wording_doubt(c->mode_told));
}

/* A list that is not of this alarm is that of the meter's own cut. */
static void
add_sweep(struct facts *f, const struct sweep *s, const struct sweep_list *cars)
{
	bool suspected =
	    cars != NULL ? cars->suspected : s->supply == SWEEP_SUSPECTED;

	f->cars = cars != NULL ? cars : s->list;
	add(f, FACT_CUT,
	    wording_cut(suspected, cars != NULL ? cars->phases : s->phases));
	add_number(f, FACT_COUNT, f->cars->count);
	add(f, FACT_CARS, (struct text){f->all, f->all});
	add(f, FACT_LATE, (struct text){f->late, f->late});
}

static void
gather(struct facts *f, const struct alarms *a, const struct watch *w,
    const struct sweep_list *cars)
{
	const struct site_device *d = &a->devices[w->device];
	struct text fault = {NULL, NULL};

	if (a->conf.fault != NULL)
		fault = a->conf.fault(a->conf.context, w->device);
	if (w->bus != WATCH_NO_BUS)
		add_bus(f, a, w->bus);
	if (fault.zh != NULL || fault.en != NULL)
		add(f, FACT_FAULT, fault);
	if (d->car != NULL) {
		add_car(f, d->car);
		add_position(f, a, w, d->car);
	}
	if (d->sweep != NULL)
		add_sweep(f, &d->sweep->sweep, cars);
}

/* ---- filling in ---- */

static void
fill_once(char text[ALARM_TEXT_MAX], const struct wording *words,
    const char *pattern, bool en, struct buf *out)
{
	buf_fixed(out, text, ALARM_TEXT_MAX);
	wording_fill(out, words, pattern, en);
}

static void
list_cars(
    const struct facts *f, char list[ALARM_TEXT_MAX], bool en, size_t room)
{
	struct buf out;

	buf_fixed(&out, list, room);
	wording_cars(&out, f->cars, list == f->late, en);
}

static void
fill(char text[ALARM_TEXT_MAX], const struct wording *words, struct facts *f,
    const struct text *t, bool en)
{
	const char *pattern = wording_in(*t, en);
	bool all = strstr(pattern, "{cars}") != NULL;
	bool late = strstr(pattern, "{late_cars}") != NULL;
	struct buf out;
	size_t room;

	f->all[0] = f->late[0] = '\0';
	fill_once(text, words, pattern, en, &out);
	if (f->cars == NULL || (!all && !late))
		return;
	room = (ALARM_TEXT_MAX - out.len) / (size_t)(all + late);
	if (all)
		list_cars(f, f->all, en, room);
	if (late)
		list_cars(f, f->late, en, room);
	fill_once(text, words, pattern, en, &out);
}

static void
set_value(struct alarm *next, const struct point_info *p,
    const struct derive_input *in)
{
	const char *name = NULL;

	next->value = in->value;
	snprintf(next->unit, sizeof(next->unit), "%s", p->unit);
	if (in->value.type == VALUE_ENUM)
		name = point_enum_name(p, in->value.i);
	snprintf(next->value_name, sizeof(next->value_name), "%s",
	    name != NULL ? name : "");
}

/* When its turn comes to be told, what raised it is over. */
static struct derive_input
get_none(const void *context, uint16_t point)
{
	(void)context;
	(void)point;
	return (struct derive_input){0};
}

/* Of a virtual point there is no value to be said: the text says it all. */
void
site_word(const struct alarms *a, const struct watch *w, struct alarm *next,
    const struct sweep_list *cars)
{
	const struct alarms_device *d = &a->conf.devices[w->device];
	const struct alarm_rule *rule = w->condition.rule;
	const struct site_looker looker = {a, w};
	int first = watch_first_point(rule);
	struct facts facts = {0};
	struct wording words = {.name = d->name,
	    .building = d->building,
	    .stair = d->stair,
	    .point_count = d->point_count,
	    .points = d->points,
	    .look = {w->condition.raised ? site_get : get_none, &looker},
	    .first = first < d->point_count ? first : -1,
	    .held_ms = condition_held_ms(&w->condition, a->now_ms),
	    .facts = facts.of};
	struct derive_input in;

	gather(&facts, a, w, cars);
	words.fact_count = facts.count;
	next->value = (struct value){.type = VALUE_NONE};
	next->unit[0] = next->value_name[0] = '\0';
	if (words.first >= 0) {
		in = words.look.get(&looker, (uint16_t)first);
		set_value(next, &d->points[first], &in);
	}
	fill(next->text_zh, &words, &facts, &rule->text, false);
	fill(next->text_en, &words, &facts, &rule->text, true);
}
