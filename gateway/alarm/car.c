/*
 * car.c - a lift's car: is somebody trapped in it, is there power
 *
 * What its points say at one moment is in car_view.c, and concluded anew at
 * each reading, unless a calm car says again what it said; here is what needs
 * memory.
 *
 * Points of one moment are read one after the other, so at each stop there is
 * a moment in which the car no longer moves and is not yet in the door zone.
 * An alarm's delay does not mind.  What remembers must not either: so
 * car_suspect counts for car_freed only when it has lasted, and of the states
 * of one millisecond only the last one is remembered.
 *
 * A history entry is a change of what matters to who asks for it later.  Floor
 * and door zone of a moving car change at every landing that it passes, and are
 * not counted as changes but kept up to date.
 *
 * A car falls silent point by point, request by request.  Its state then is
 * what it was before, so a point that is not good any more stays part of it,
 * unless others have gone on for CAR_HOLD_MS: then it is that point that
 * failed, and not the car that is silent.
 */
#include "gateway/alarm/car.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gateway/alarm/car_view.h"

const char *const car_occupied_names[] = {
    [CAR_UNKNOWN] = "unknown", [CAR_EMPTY] = "no", [CAR_PERSON] = "yes", NULL};

static const char *const names[CAR_POINTS] = {
    [CAR_MOVING] = "moving",
    [CAR_DOOR] = "door",
    [CAR_DOOR_ZONE] = "door_zone",
    [CAR_OCCUPIED] = "occupied",
    [CAR_LOAD] = "load_pct",
    [CAR_CALL] = "car_call",
    [CAR_MODE] = "service_mode",
    [CAR_FAULT] = "fault_code",
    [CAR_SEVERITY] = "fault_severity",
    [CAR_ENTRAPMENT] = "entrapment",
    [CAR_SUPPLY] = "supply",
    [CAR_FLOOR] = "floor",
};

/* ---- its states ---- */

static uint32_t
history_held(const struct car *c)
{
	return c->history_count < CAR_HISTORY ? c->history_count : CAR_HISTORY;
}

/* back: 0 is the last. */
static const struct car_state *
history_at(const struct car *c, uint32_t back)
{
	return &c->history[(c->history_count - 1 - back) % CAR_HISTORY];
}

static bool
is_same_state(const struct car_state *a, const struct car_state *b)
{
	return a->moving == b->moving && a->door_open == b->door_open &&
	    a->occupied == b->occupied && a->trapped == b->trapped &&
	    (a->moving == CONDITION_TRUE || a->zone == b->zone);
}

/* It has just said something good. */
static void
remember(struct car *c, int64_t now_ms)
{
	struct car_view v = car_view(c, true);
	struct car_state s = car_view_state(&v, now_ms);
	const struct car_state *last = history_at(c, 0);

	if (c->history_count > 0 &&
	    (last->since_ms == now_ms || is_same_state(last, &s)))
		s.since_ms = last->since_ms;
	else
		c->history_count++;
	c->history[(c->history_count - 1) % CAR_HISTORY] = s;
}

static bool
has_moved_since(const struct car *c, int64_t from_ms)
{
	const struct car_state *s;

	for (uint32_t i = 0; i < history_held(c); i++) {
		s = history_at(c, i);
		if (s->moving == CONDITION_TRUE)
			return true;
		if (s->since_ms <= from_ms)
			return false;
	}
	return false;
}

/* One that came to rest with the cut was moving. */
static bool
is_worse(const struct car_state *a, const struct car_state *b)
{
	if (car_rank(a) != car_rank(b))
		return car_rank(a) < car_rank(b);
	return a->moving == CONDITION_TRUE && b->moving != CONDITION_TRUE;
}

struct car_state
car_state_since(const struct car *c, int64_t from_ms)
{
	struct car_state worst = {.at_ms = INT64_MIN, .floor = NAN};
	const struct car_state *s;

	for (uint32_t i = 0; i < history_held(c); i++) {
		s = history_at(c, i);
		if (i == 0 || is_worse(s, &worst))
			worst = *s;
		if (s->since_ms <= from_ms)
			break;
	}
	return worst;
}

bool
car_is_landed(const struct car_state *s)
{
	bool in_zone = s->zone == CONDITION_TRUE ||
	    (s->zone == CONDITION_UNKNOWN && s->door_open == CONDITION_TRUE);

	return in_zone && s->moving != CONDITION_TRUE;
}

unsigned
car_rank(const struct car_state *s)
{
	bool landed = car_is_landed(s);

	if (s->trapped == CONDITION_TRUE)
		return 0;
	if (s->occupied == CAR_PERSON)
		return landed ? 2 : 1;
	if (s->occupied == CAR_EMPTY)
		return 6;
	if (s->moving == CONDITION_TRUE || s->zone == CONDITION_FALSE)
		return 3;
	return landed ? 5 : 4;
}

/* ---- out of it ---- */

static void
begin_need(struct car *c)
{
	c->in_need = true;
	c->moved = c->opened = false;
	c->free_from_ms = INT64_MAX;
	c->freed = CONDITION_FALSE;
}

static bool
is_suspect(const struct car *c)
{
	return c->suspect == CONDITION_TRUE;
}

/* INT64_MAX: it is in need already, or nothing says that it will be. */
static int64_t
need_due(const struct car *c)
{
	return is_suspect(c) && (!c->in_need || c->moved)
	    ? c->suspect_ms + CAR_NEED_MS
	    : INT64_MAX;
}

static int64_t
freed_due(const struct car *c)
{
	return !is_suspect(c) && c->free_from_ms != INT64_MAX
	    ? c->free_from_ms + CAR_FREED_MS
	    : INT64_MAX;
}

static void
pass_time(struct car *c, int64_t now_ms)
{
	if (now_ms >= need_due(c))
		begin_need(c);
	if (now_ms < freed_due(c))
		return;
	c->in_need = false;
	c->free_from_ms = INT64_MAX;
	c->freed = CONDITION_TRUE;
}

/* How far people are on their way out. */
static void
see_rescue(struct car *c, const struct car_view *v)
{
	c->moved |= car_view_moves(v) && car_view_door_shut(v);
	c->opened |= c->moved && car_view_in_zone(v) && car_view_door_opened(v);
}

static void
follow_rescue(struct car *c, const struct car_view *v, int64_t now_ms)
{
	if (!is_suspect(c))
		c->suspect_ms = INT64_MAX;
	else if (c->suspect_ms == INT64_MAX)
		c->suspect_ms = now_ms;

	if (c->trapped == CONDITION_TRUE)
		begin_need(c);
	else
		see_rescue(c, v);

	if (!c->in_need || !c->opened ||
	    (!is_suspect(c) && car_view_safe(v) != CONDITION_TRUE))
		c->free_from_ms = INT64_MAX;
	else if (c->free_from_ms == INT64_MAX)
		c->free_from_ms = now_ms;
	pass_time(c, now_ms);
}

void
car_restore_need(struct car *c)
{
	begin_need(c);
}

/* ---- what it concludes ---- */

/* A car that moved later than that moved when its power went. */
static int64_t
moved_from(const struct car *c)
{
	return c->powered_ms == INT64_MIN ? INT64_MIN
					  : c->powered_ms - CAR_STOPS_MS;
}

static enum car_point
power_teller(const struct car *c)
{
	return c->points[CAR_SUPPLY] >= 0 ? CAR_SUPPLY : CAR_FAULT;
}

/* From p, which was read just now. */
static void
conclude_power(
    struct car *c, const struct car_view *v, enum car_point p, int64_t now_ms)
{
	c->unpowered = (uint8_t)car_view_unpowered(v);
	if (c->unpowered == CONDITION_FALSE) {
		c->was_moving = false;
		c->powered_ms = p == power_teller(c) ? now_ms : c->powered_ms;
	}
	if (c->unpowered == CONDITION_TRUE)
		c->was_moving |=
		    car_view_moves(v) || has_moved_since(c, moved_from(c));
	c->at_risk = (uint8_t)car_view_at_risk(v);
}

static bool
is_simulated(const struct car *c)
{
	for (int i = 0; i < CAR_POINTS; i++)
		if (c->now[i].simulated)
			return true;
	return false;
}

static void
conclude(struct car *c, enum car_point p, int64_t now_ms)
{
	struct car_view v = car_view(c, false);

	c->simulated = is_simulated(c);
	c->trapped = (uint8_t)car_view_trapped(&v);
	c->suspect = (uint8_t)car_view_suspect(&v);
	c->fit = (uint8_t)car_view_fit(&v);
	c->occupied = (uint8_t)car_view_occupied(&v);
	c->mode_told = car_view_tells_mode(&v);
	conclude_power(c, &v, p, now_ms);
	follow_rescue(c, &v, now_ms);
}

/* All of it in one number. */
static uint32_t
conclusions(const struct car *c)
{
	return (uint32_t)(c->trapped | c->suspect << 2 | c->freed << 4 |
	    c->unpowered << 6 | c->at_risk << 8 | c->fit << 10 |
	    c->simulated << 12);
}

struct derive_input
car_look(const struct car *c, uint16_t virtual_point)
{
	const uint8_t all[] = {
	    c->trapped, c->suspect, c->freed, c->unpowered, c->at_risk};
	uint8_t truth;

	assert(virtual_point >= POINT_CAR_TRAPPED &&
	    virtual_point <= POINT_CAR_AT_RISK);
	truth = all[virtual_point - POINT_CAR_TRAPPED];
	if (truth == CONDITION_UNKNOWN)
		return (struct derive_input){.at_ms = c->alive_ms};
	return (struct derive_input){
	    .value = {VALUE_BOOL, .u = truth == CONDITION_TRUE},
	    .quality.code = c->simulated ? QUALITY_SIMULATED : QUALITY_GOOD,
	    .at_ms = c->alive_ms};
}

/* ---- what is read ---- */

/* CAR_POINTS: none of its points. */
static enum car_point
find(const struct car *c, uint16_t point)
{
	int i = 0;

	while (i < CAR_POINTS && c->points[i] != point)
		i++;
	return (enum car_point)i;
}

bool
car_uses(const struct car *c, uint16_t point)
{
	return find(c, point) < CAR_POINTS;
}

static void
see(struct car *c, enum car_point p, const struct derive_input *in,
    int64_t now_ms)
{
	struct car_seen *s = &c->now[p];
	double number = value_number(&in->value);
	bool simulated = in->quality.code == QUALITY_SIMULATED;

	s->simulated = simulated;
	if ((in->quality.code != QUALITY_GOOD && !simulated) || isnan(number)) {
		s->lost_ms = s->lost_ms == INT64_MAX ? now_ms : s->lost_ms;
		return;
	}
	s->number = number;
	s->lost_ms = INT64_MAX;
	c->alive_ms = now_ms;
	c->door_tells |= p == CAR_DOOR && car_view_door_tells(number);
	remember(c, now_ms);
}

/* ---- a calm car that says again what it said ---- */

/* Nobody is in need or may be, there is power, and no point has failed that is
 * still held: what is concluded is only a matter of what the points say. */
static bool
is_calm(const struct car *c)
{
	if (c->in_need || is_suspect(c) || c->trapped == CONDITION_TRUE ||
	    c->unpowered == CONDITION_TRUE || c->history_count == 0)
		return false;
	for (int i = 0; i < CAR_POINTS; i++)
		if (c->now[i].lost_ms != INT64_MAX &&
		    c->now[i].lost_ms != INT64_MIN)
			return false;
	return true;
}

static bool
is_again(const struct car_seen *s, const struct derive_input *in)
{
	return s->lost_ms == INT64_MAX && !s->simulated &&
	    in->quality.code == QUALITY_GOOD &&
	    value_number(&in->value) == s->number;
}

/* All that conclude would change: nearly all readings are such. */
static void
take_again(struct car *c, enum car_point p, int64_t now_ms)
{
	c->alive_ms = now_ms;
	c->history[(c->history_count - 1) % CAR_HISTORY].at_ms = now_ms;
	if (c->unpowered == CONDITION_FALSE && p == power_teller(c))
		c->powered_ms = now_ms;
}

/* ---- what comes ---- */

bool
car_take(struct car *c, uint16_t point, const struct derive_input *in,
    int64_t now_ms)
{
	enum car_point p = find(c, point);
	uint32_t before = conclusions(c);

	assert(p < CAR_POINTS);
	if (is_again(&c->now[p], in) && is_calm(c)) {
		take_again(c, p, now_ms);
		return false;
	}
	pass_time(c, now_ms - 1);
	see(c, p, in, now_ms);
	conclude(c, p, now_ms);
	return conclusions(c) != before;
}

bool
car_tick(struct car *c, int64_t now_ms)
{
	uint32_t before = conclusions(c);

	pass_time(c, now_ms);
	return conclusions(c) != before;
}

int64_t
car_due(const struct car *c)
{
	int64_t need_ms = need_due(c), freed_ms = freed_due(c);

	return need_ms < freed_ms ? need_ms : freed_ms;
}

void
car_start(struct car *c, uint16_t point_count, const struct point_info *points)
{
	*c = (struct car){.alive_ms = INT64_MIN,
	    .powered_ms = INT64_MIN,
	    .suspect_ms = INT64_MAX,
	    .free_from_ms = INT64_MAX,
	    .freed = CONDITION_FALSE};
	for (int i = 0; i < CAR_POINTS; i++) {
		c->points[i] = -1;
		c->now[i] = (struct car_seen){NAN, INT64_MIN, false};
		for (uint16_t p = 0; p < point_count; p++)
			if (strcmp(points[p].name, names[i]) == 0)
				c->points[i] = (int16_t)p;
	}
}

void
car_had_power(struct car *c, int64_t at_ms)
{
	if (c->unpowered == CONDITION_FALSE && at_ms > c->powered_ms)
		c->powered_ms = at_ms;
}

static void
go_on_with_point(struct car *c, const struct car *was, int p)
{
	if (c->points[p] < 0 || was->points[p] < 0)
		return;
	c->now[p] = was->now[p];
	if (c->now[p].lost_ms == INT64_MAX)
		c->now[p].lost_ms = was->alive_ms;
}

void
car_go_on(struct car *c, const struct car *was)
{
	for (int i = 0; i < CAR_POINTS; i++)
		go_on_with_point(c, was, i);
	c->door_tells = was->door_tells;
	memcpy(c->history, was->history, sizeof(c->history));
	c->history_count = was->history_count;
	c->alive_ms = was->alive_ms;
	c->freed = was->freed;
	c->in_need = was->in_need;
	c->moved = was->moved;
	c->opened = was->opened;
	c->free_from_ms = was->free_from_ms;
	c->powered_ms = was->powered_ms;
	c->was_moving = was->was_moving;
}
