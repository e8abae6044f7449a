/* sweep_list.c - the cars of a power cut, and what becomes of them */
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/sweep.h"

/* ---- made ---- */

/* A lift that tells its supply knows itself until when it had power; it may
 * have come to rest before it said so.  A meter may tell of its last second's
 * volts when the lift is dead already. */
static int64_t
from_of(const struct sweep *s, const struct sweep_lift *l)
{
	int64_t powered_ms = l->car->powered_ms, from_ms = s->from_ms;

	if (l->car->points[CAR_SUPPLY] < 0 || powered_ms == INT64_MIN)
		return from_ms;
	if (l->car->unpowered == CONDITION_TRUE)
		from_ms -= SWEEP_TOGETHER_MS;
	return powered_ms - CAR_STOPS_MS < from_ms ? s->from_ms
						   : powered_ms - CAR_STOPS_MS;
}

static struct sweep_car
make_car(const struct sweep *s, const struct sweep_lift *l, int64_t now_ms)
{
	struct sweep_car c = {
	    .where = l->where, .was = car_state_since(l->car, from_of(s, l))};

	c.sign_ms = s->sign_ms;
	snprintf(c.device, sizeof(c.device), "%s", l->device);
	c.age_ms = c.was.at_ms == INT64_MIN ? INT64_MAX : now_ms - c.was.at_ms;
	return c;
}

/* Among equals as it was. */
static void
sort(struct sweep_list *list)
{
	struct sweep_car c;
	int k;

	for (int i = 1; i < list->count; i++) {
		c = list->cars[i];
		for (k = i; k > 0 &&
		     car_rank(&list->cars[k - 1].was) > car_rank(&c.was);
		     k--)
			list->cars[k] = list->cars[k - 1];
		list->cars[k] = c;
	}
}

static void
name_cut(const struct sweep *s, struct sweep_list *list)
{
	list->suspected = s->supply == SWEEP_SUSPECTED;
	list->phases = list->suspected ? 0 : s->phases;
}

void
sweep_list_make(const struct sweep *s, struct sweep_list *list, int64_t now_ms)
{
	memset(list, 0, sizeof(*list));
	name_cut(s, list);
	for (uint16_t i = 0; i < s->lift_count; i++)
		if (!s->lifts[i].apart)
			list->cars[list->count++] =
			    make_car(s, &s->lifts[i], now_ms);
	sort(list);
}

/* ---- followed ---- */

/* Since the car was listed the supply came back and went again. */
static bool
is_cut_anew(const struct sweep *s, const struct sweep_lift *l,
    const struct sweep_car *c)
{
	return sweep_is_cut(s) && s->sure && c->sign_ms < s->sign_ms &&
	    (c->back || l->car->alive_ms >= s->again_ms);
}

static enum sweep_news
follow_car(const struct sweep *s, struct sweep_car *c, int64_t now_ms)
{
	const struct sweep_lift *l = sweep_find(s, c->device);

	if (l != NULL && is_cut_anew(s, l, c)) {
		*c = make_car(s, l, now_ms);
		return s->again_ms != INT64_MAX ? SWEEP_AGAIN : SWEEP_NEWS;
	}
	if (c->back || now_ms < sweep_back_ms(s, c))
		return SWEEP_SAME;
	c->back = true;
	return SWEEP_NEWS;
}

/* Those that came into the cut after it was told. */
static enum sweep_news
join(const struct sweep *s, struct sweep_list *list, int64_t now_ms)
{
	enum sweep_news news = SWEEP_SAME;

	if (!sweep_is_cut(s) || !s->sure)
		return news;
	for (uint16_t i = 0; i < s->lift_count; i++) {
		if (s->lifts[i].apart ||
		    sweep_list_find(list, s->lifts[i].device) != NULL)
			continue;
		list->cars[list->count++] = make_car(s, &s->lifts[i], now_ms);
		news = SWEEP_NEWS;
	}
	return news;
}

enum sweep_news
sweep_list_follow(
    const struct sweep *s, struct sweep_list *list, int64_t now_ms)
{
	enum sweep_news news = SWEEP_SAME, of_car;

	for (uint8_t i = 0; i < list->count; i++) {
		of_car = follow_car(s, &list->cars[i], now_ms);
		news = of_car > news ? of_car : news;
	}
	if (news == SWEEP_AGAIN)
		name_cut(s, list);
	of_car = join(s, list, now_ms);
	news = of_car > news ? of_car : news;
	if (news != SWEEP_SAME)
		sort(list);
	return news;
}

struct sweep_car *
sweep_list_find(struct sweep_list *list, const char *device)
{
	for (uint8_t i = 0; i < list->count; i++)
		if (strcmp(list->cars[i].device, device) == 0)
			return &list->cars[i];
	return NULL;
}

void
sweep_list_forget(struct sweep *s)
{
	if (s->list->count > 0)
		s->list->count = 0;
}

bool
sweep_car_is_open(const struct sweep_car *c)
{
	return !c->back && c->checked.by[0] == '\0';
}

bool
sweep_list_is_open(const struct sweep_list *list)
{
	for (uint8_t i = 0; i < list->count; i++)
		if (sweep_car_is_open(&list->cars[i]))
			return true;
	return false;
}

/* ---- over a restart and a reload ---- */

/* None was ever told. */
static bool
is_none(const struct sweep_list *list)
{
	return list->count == 0 && !list->suspected && list->phases == 0;
}

void
sweep_list_adopt(struct sweep *s, const struct sweep_list *list)
{
	const struct sweep_lift *l;
	struct sweep_car *c;

	if (is_none(list) && is_none(s->list))
		return;
	*s->list = *list;
	s->list->count = 0;
	for (uint8_t i = 0; i < list->count; i++) {
		l = sweep_find(s, list->cars[i].device);
		if (l == NULL)
			continue;
		c = &s->list->cars[s->list->count++];
		*c = list->cars[i];
		c->where = l->where;
	}
}
