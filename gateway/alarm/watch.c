/*
 * watch.c - which rule stands where, and who asks for a point
 *
 * Built once: each rule is asked for each point of its device, some hundred
 * thousand questions for the largest site.  Names are searched for from end to
 * end, since only people and restarts ask for them.
 */
#include "gateway/alarm/watch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Behind a device's own points in its index. */
#define VIRTUAL_COUNT (POINT_VIRTUAL_END - POINT_ONLINE)

static const char *const virtual_names[VIRTUAL_COUNT] = {
    [POINT_ONLINE - POINT_ONLINE] = "online",
    [POINT_IDENTIFIED - POINT_ONLINE] = "identified",
    [POINT_BUS_UP - POINT_ONLINE] = "bus_up",
    [POINT_CAR_TRAPPED - POINT_ONLINE] = "car_trapped",
    [POINT_CAR_SUSPECT - POINT_ONLINE] = "car_suspect",
    [POINT_CAR_FREED - POINT_ONLINE] = "car_freed",
    [POINT_CAR_UNPOWERED - POINT_ONLINE] = "car_unpowered",
    [POINT_CAR_AT_RISK - POINT_ONLINE] = "car_at_risk",
    [POINT_PHASE_LOST - POINT_ONLINE] = "phase_lost",
    [POINT_POWER_CUT - POINT_ONLINE] = "power_cut",
    [POINT_CARS_BACK - POINT_ONLINE] = "cars_back",
    [POINT_CARS_LATE - POINT_ONLINE] = "cars_late",
};

struct builder {
	struct watches *w;
	const struct alarms_conf *conf;
	struct arena *memory;
	uint32_t room;
};

/* ---- what a rule asks for ---- */

static const struct expr_input *
inputs_of(const struct expr *e, size_t *count)
{
	*count = 0;
	return e == NULL ? NULL : expr_inputs(e, count);
}

static int
first_point(const struct expr *e)
{
	size_t count;
	const struct expr_input *inputs = inputs_of(e, &count);

	return count == 0 ? -1 : inputs[0].point;
}

int
watch_first_point(const struct alarm_rule *rule)
{
	return first_point(rule->when);
}

bool
watch_waits_for(const struct alarm_rule *rule, uint16_t point)
{
	size_t count;
	const struct expr_input *inputs = inputs_of(rule->when, &count);

	for (size_t i = 0; i < count; i++)
		if (inputs[i].point == point)
			return true;
	return false;
}

static bool
has_window(const struct expr *e)
{
	size_t count;
	const struct expr_input *inputs = inputs_of(e, &count);

	for (size_t i = 0; i < count; i++)
		if (inputs[i].kind != EXPR_VALUE)
			return true;
	return false;
}

static bool
is_over_time(const struct alarm_rule *rule)
{
	return has_window(rule->when) || has_window(rule->clear) ||
	    has_window(rule->suppress) || has_window(rule->release);
}

const char *
watch_point_name(const struct alarms_device *d, uint16_t point)
{
	return point < d->point_count ? d->points[point].name
				      : virtual_names[point - POINT_ONLINE];
}

/* ---- the watches ---- */

static const char *
join(struct arena *memory, const char *device, const char *name)
{
	char key[ORDER_KEY_MAX]; /* as long as an alarm can keep it */

	snprintf(key, sizeof(key), "%s/%s", device, name);
	return arena_text(memory, key);
}

/* What is concluded has no name that people know, but the alarm that stands for
 * it has. */
static const char *
cause_name(const struct alarms_device *d, uint16_t point)
{
	for (size_t i = 0; point >= POINT_ONLINE && i < d->rule_count; i++)
		if (watch_first_point(&d->rules[i]) == point)
			return d->rules[i].name;
	return watch_point_name(d, point);
}

static const char *
suppress_name(const struct builder *b, uint16_t device, const struct expr *e)
{
	const struct alarms_device *d = &b->conf->devices[device];
	int point = first_point(e);

	if (e == NULL)
		return NULL;
	return point < 0
	    ? d->id
	    : join(b->memory, d->id, cause_name(d, (uint16_t)point));
}

static struct watch *
add(struct builder *b, uint16_t device, const struct alarm_rule *rule)
{
	struct watch *watch = &b->w->all[b->w->count++];
	const struct alarms_device *d = &b->conf->devices[device];

	assert(b->w->count <= b->room);
	*watch = (struct watch){.due_ms = INT64_MAX,
	    .name = rule->name,
	    .hidden_by = suppress_name(b, device, rule->suppress),
	    .device = device,
	    .bus = WATCH_NO_BUS,
	    .behind_bus = device + 1u < b->conf->device_count &&
		(condition_uses(rule, POINT_ONLINE) ||
		    condition_uses(rule, POINT_IDENTIFIED)),
	    .needs_power = rule->needs_power && d->fed_by != ALARMS_UNFED,
	    .lingers = !watch_waits_for(rule, POINT_CAR_AT_RISK),
	    .over_time = is_over_time(rule)};
	condition_start(&watch->condition, rule, b->memory);
	return watch;
}

/* Of several that ask power_cut the first has the list. */
static void
add_of_device(struct builder *b, uint16_t device, const struct alarm_rule *rule,
    bool *has_cars)
{
	const char *id = b->conf->devices[device].id;
	struct watch *watch = add(b, device, rule);
	bool is_cut = watch_waits_for(rule, POINT_POWER_CUT);

	if (is_cut || watch_waits_for(rule, POINT_PHASE_LOST))
		watch->hides_as = join(b->memory, id, rule->name);
	watch->has_cars = is_cut && !*has_cars;
	*has_cars |= is_cut;
}

static void
add_of_bus(struct builder *b, const struct alarm_rule *rule, uint16_t bus)
{
	uint16_t gateway = (uint16_t)(b->conf->device_count - 1);
	struct watch *watch = add(b, gateway, rule);
	char name[ORDER_KEY_MAX];

	snprintf(name, sizeof(name), "%s-%s", rule->name, b->conf->buses[bus]);
	watch->name = arena_text(b->memory, name);
	watch->hides_as =
	    join(b->memory, b->conf->devices[gateway].id, watch->name);
	watch->bus = bus;
}

static void
add_device(struct builder *b, uint16_t device)
{
	const struct alarms_device *d = &b->conf->devices[device];
	bool has_cars = false;

	for (size_t i = 0; i < d->rule_count; i++)
		if (!condition_uses(&d->rules[i], POINT_BUS_UP))
			add_of_device(b, device, &d->rules[i], &has_cars);
}

static bool
has_devices(const struct alarms_conf *conf, size_t bus)
{
	for (size_t i = 0; i + 1 < conf->device_count; i++)
		if (conf->devices[i].bus == bus)
			return true;
	return false;
}

static void
add_bus(struct builder *b, uint16_t bus)
{
	const struct alarms_device *gateway =
	    &b->conf->devices[b->conf->device_count - 1];

	if (!has_devices(b->conf, bus))
		return;
	for (size_t i = 0; i < gateway->rule_count; i++)
		if (condition_uses(&gateway->rules[i], POINT_BUS_UP))
			add_of_bus(b, &gateway->rules[i], bus);
}

static uint32_t
count_all(const struct alarms_conf *conf)
{
	size_t count = 0;

	for (size_t i = 0; i < conf->device_count; i++)
		count += conf->devices[i].rule_count;
	count +=
	    conf->devices[conf->device_count - 1].rule_count * conf->bus_count;
	assert(count <= UINT32_MAX);
	return (uint32_t)count;
}

/* The buses' watches are the last, and belong to the gateway's range too. */
static void
add_all(struct builder *b)
{
	size_t devices = b->conf->device_count, buses = b->conf->bus_count;
	struct watch_range *of_device, *of_bus;

	of_device = arena_array(b->memory, devices, sizeof(*of_device));
	of_bus = arena_array(b->memory, buses, sizeof(*of_bus));
	for (size_t i = 0; i < devices; i++) {
		of_device[i].first = b->w->count;
		add_device(b, (uint16_t)i);
		of_device[i].count = b->w->count - of_device[i].first;
	}
	for (size_t i = 0; i < buses; i++) {
		of_bus[i].first = b->w->count;
		add_bus(b, (uint16_t)i);
		of_bus[i].count = b->w->count - of_bus[i].first;
		of_device[devices - 1].count += of_bus[i].count;
	}
	b->w->of_device = of_device;
	b->w->of_bus = of_bus;
}

/* ---- the index ---- */

static uint16_t
point_at(const struct alarms_device *d, uint32_t place)
{
	return (uint16_t)(place < d->point_count
		? place
		: place - d->point_count + POINT_ONLINE);
}

static uint32_t
place_of(const struct alarms_device *d, uint16_t point)
{
	if (point >= POINT_ONLINE)
		return d->point_count + (uint32_t)(point - POINT_ONLINE);
	assert(point < d->point_count);
	return point;
}

/* Counts when uses is NULL. */
static uint32_t
list_uses(const struct watches *w, const struct watch_range *range,
    uint16_t point, uint32_t *uses)
{
	uint32_t count = 0;

	for (uint32_t i = range->first; i < range->first + range->count; i++) {
		if (!condition_uses(w->all[i].condition.rule, point))
			continue;
		if (uses != NULL)
			uses[count] = i;
		count++;
	}
	return count;
}

static void
index_device(const struct builder *b, uint16_t device, const uint32_t **starts,
    const uint32_t **uses)
{
	const struct alarms_device *d = &b->conf->devices[device];
	const struct watch_range *range = &b->w->of_device[device];
	uint32_t places = d->point_count + VIRTUAL_COUNT;
	uint32_t *start, *use;

	start = arena_array(b->memory, places + 1, sizeof(*start));
	for (uint32_t i = 0; i < places; i++)
		start[i + 1] =
		    start[i] + list_uses(b->w, range, point_at(d, i), NULL);
	use = arena_array(b->memory, start[places], sizeof(*use));
	for (uint32_t i = 0; i < places; i++)
		list_uses(b->w, range, point_at(d, i), &use[start[i]]);
	*starts = start;
	*uses = use;
}

void
watches_start(
    struct watches *w, const struct alarms_conf *conf, struct arena *memory)
{
	struct builder b = {w, conf, memory, count_all(conf)};
	const uint32_t **starts, **uses;

	*w = (struct watches){
	    .all = arena_array(memory, b.room, sizeof(*w->all))};
	add_all(&b);
	starts = arena_array(memory, conf->device_count, sizeof(*starts));
	uses = arena_array(memory, conf->device_count, sizeof(*uses));
	for (size_t i = 0; i < conf->device_count; i++)
		index_device(&b, (uint16_t)i, &starts[i], &uses[i]);
	w->starts = starts;
	w->uses = uses;
}

const uint32_t *
watches_of(const struct watches *w, const struct alarms_device *devices,
    uint16_t device, uint16_t point, uint32_t *count)
{
	uint32_t place = place_of(&devices[device], point);
	const uint32_t *start = w->starts[device];

	*count = start[place + 1] - start[place];
	return &w->uses[device][start[place]];
}

struct watch *
watches_find(const struct watches *w, uint16_t device, const char *name)
{
	const struct watch_range *range = &w->of_device[device];

	for (uint32_t i = range->first; i < range->first + range->count; i++)
		if (strcmp(w->all[i].name, name) == 0)
			return &w->all[i];
	return NULL;
}
