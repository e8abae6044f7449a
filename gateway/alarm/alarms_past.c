/* alarms_past.c - alarms over a restart and a reload */
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/site.h"

/* ---- what stood before ---- */

/* alarm->condition is what was told, raised what is. */
static void
adopt(struct alarms *a, struct watch *w, const struct alarm *alarm, bool raised,
    bool suppressed)
{
	site_keep(a, w, alarm);
	condition_restore(&w->condition, raised);
	w->condition.suppressed = suppressed;
	site_due(a, w, a->now_ms);
}

static struct sweep_list *
copy_cars(const struct sweep_list *cars)
{
	struct sweep_list *copy = NULL;

	if (cars != NULL) {
		copy = must_alloc(1, sizeof(*copy));
		*copy = *cars;
	}
	return copy;
}

static void
miss(struct alarms *a, const struct alarms_past *past)
{
	a->gone = must_grow(a->gone, a->gone_count + 1, sizeof(*a->gone));
	a->gone[a->gone_count++] = (struct gone){must_text(past->device),
	    must_text(past->alarm), *past->was, copy_cars(past->cars)};
	a->due_ms = a->now_ms;
}

void
alarms_restore(struct alarms *a, const struct alarms_past *past)
{
	struct watch *w = site_find(a, past->device, past->alarm);
	struct alarm now = *past->was;

	if (alarm_is_plain(&now))
		return;
	now.condition = now.active;
	if (w == NULL) {
		miss(a, past);
		return;
	}
	adopt(a, w, &now, now.condition,
	    w->hidden_by != NULL &&
		strcmp(w->hidden_by, now.suppressed_by) == 0);
	power_restore(a, w, &now, past->cars);
}

/* Points by their names: another configuration may count them otherwise. */
static bool
asks_same(const struct alarms_device *d, const struct expr *e,
    const struct alarms_device *was_of, const struct expr *was)
{
	const struct expr_input *inputs, *were;
	size_t count, were_count;

	if (e == NULL || was == NULL)
		return e == was;
	inputs = expr_inputs(e, &count);
	were = expr_inputs(was, &were_count);
	if (count != were_count || expr_checksum(e) != expr_checksum(was))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(watch_point_name(d, inputs[i].point),
			watch_point_name(was_of, were[i].point)) != 0)
			return false;
	return true;
}

static void
go_on(struct alarms *a, struct watch *w, const struct alarms *old,
    const struct watch *was)
{
	const struct alarms_device *d = &a->conf.devices[w->device];
	const struct alarms_device *was_of = &old->conf.devices[was->device];
	const struct alarm_rule *rule = w->condition.rule;
	const struct alarm_rule *was_rule = was->condition.rule;

	if (asks_same(d, rule->when, was_of, was_rule->when) &&
	    asks_same(d, rule->clear, was_of, was_rule->clear))
		condition_go_on(&w->condition, &was->condition,
		    asks_same(d, rule->suppress, was_of, was_rule->suppress));
}

/* ---- what was known before a reload ---- */

static void
know_device(struct alarms *a, size_t device, const struct site_device *was)
{
	struct site_device *d = &a->devices[device];
	struct site_bus *b = &a->buses[a->conf.devices[device].bus];

	d->word = was->word;
	d->undecided = was->undecided;
	d->online = was->online;
	d->identified = was->identified;
	d->silent_ms = was->silent_ms;
	d->failed = was->failed;
	d->heard_ms = was->heard_ms;
	b->answering += d->word == WORD_ANSWER;
	b->silent += d->word == WORD_SILENCE;
	b->undecided += d->undecided;
}

static bool
is_on_same_bus(
    const struct alarms *a, size_t device, const struct alarms *old, size_t was)
{
	return device + 1 < a->conf.device_count &&
	    was + 1 < old->conf.device_count &&
	    strcmp(a->conf.buses[a->conf.devices[device].bus],
		old->conf.buses[old->conf.devices[was].bus]) == 0;
}

static void
know_bus(struct site_bus *b, const struct site_bus *was)
{
	b->up = was->up;
	b->heard_ms = was->heard_ms;
}

static void
know_buses(struct alarms *a, const struct alarms *old)
{
	for (size_t i = 0; i < a->conf.bus_count; i++)
		for (size_t k = 0; k < old->conf.bus_count; k++)
			if (strcmp(a->conf.buses[i], old->conf.buses[k]) == 0)
				know_bus(&a->buses[i], &old->buses[k]);
}

/* ---- a reload ---- */

/* device_count: there is none of that id. */
static size_t
find_device(const struct alarms *a, const char *id)
{
	size_t i = 0;

	while (
	    i < a->conf.device_count && strcmp(a->conf.devices[i].id, id) != 0)
		i++;
	return i;
}

/* More than what is told: also a change that could not be told yet, what
 * belongs to chatter, and delays. */
static void
carry_watch(struct alarms *a, struct watch *w, const struct alarms *old,
    const struct watch *was)
{
	struct alarm alarm = site_alarm(was);

	if (w != NULL) {
		adopt(a, w, &alarm, was->condition.raised,
		    was->condition.suppressed);
		w->owes = was->owes;
		go_on(a, w, old, was);
	} else if (!alarm_is_plain(&alarm)) {
		miss(a,
		    &(struct alarms_past){old->conf.devices[was->device].id,
			was->name, &alarm, site_cars(old, was)});
	}
}

static void
carry_device(struct alarms *a, const struct alarms *old, size_t was)
{
	const struct watch_range *range = &old->watches.of_device[was];
	size_t device = find_device(a, old->conf.devices[was].id);
	bool stays = device < a->conf.device_count;
	const struct watch *w;

	for (uint32_t i = 0; i < range->count; i++) {
		w = &old->watches.all[range->first + i];
		carry_watch(a,
		    stays ? watches_find(&a->watches, (uint16_t)device, w->name)
			  : NULL,
		    old, w);
	}
	if (stays && is_on_same_bus(a, device, old, was))
		know_device(a, device, &old->devices[was]);
	if (stays)
		power_go_on(a, (uint16_t)device, old, (uint16_t)was);
}

void
alarms_carry_over(struct alarms *a, const struct alarms *old)
{
	a->carried = true;
	know_buses(a, old);
	for (size_t i = 0; i < old->conf.device_count; i++)
		carry_device(a, old, i);
	for (size_t i = 0; i < old->gone_count; i++)
		alarms_restore(a,
		    &(struct alarms_past){old->gone[i].device,
			old->gone[i].alarm, &old->gone[i].was,
			old->gone[i].cars});
}

/* ---- what is gone ---- */

static void
forget(struct gone *g)
{
	free(g->device);
	free(g->alarm);
	free(g->cars);
}

void
alarms_tell_gone(struct alarms *a)
{
	const struct alarm nothing = {0};
	struct alarms_news news = {.change = ALARM_GONE, .now = &nothing};
	size_t told = 0;

	if (a->gone_count == 0)
		return;
	for (; told < a->gone_count; told++) {
		news.device = a->gone[told].device;
		news.alarm = a->gone[told].alarm;
		if (!site_tell(a, &news))
			break;
		forget(&a->gone[told]);
	}
	a->gone_count -= told;
	memmove(a->gone, a->gone + told, a->gone_count * sizeof(*a->gone));
	if (a->gone_count > 0)
		a->due_ms = a->now_ms;
}

void
alarms_forget_gone(struct alarms *a)
{
	for (size_t i = 0; i < a->gone_count; i++)
		forget(&a->gone[i]);
	free(a->gone);
}
