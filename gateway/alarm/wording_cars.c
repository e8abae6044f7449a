/*
 * wording_cars.c - what is known of cars, as facts of an alarm's text
 *
 * A list ends between two cars: half a car's words could say the opposite of
 * the whole.  So each is put together by itself, and taken only if behind it
 * there is room for saying that there are more.
 */
#include "gateway/alarm/wording_cars.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/alarm/wording.h"

#define CAR_TEXT_MAX 256 /* bytes of one car's words with its place */
#define FLOOR_MAX 32 /* bytes of a floor's number */
#define NEWS_MS 1000 /* what is younger is now */
#define IDLE_MS 60000 /* so long an empty car at a landing stays empty */

/* ---- facts ---- */

struct text
wording_occupied(enum car_occupied occupied)
{
	static const struct text texts[] = {
	    [CAR_UNKNOWN] = {"有人：未知", "occupied: unknown"},
	    [CAR_EMPTY] = {"无人", "empty"},
	    [CAR_PERSON] = {"有人", "occupied"},
	};

	return texts[occupied];
}

struct text
wording_doubt(bool mode_told)
{
	return mode_told
	    ? (struct text){"", ""}
	    : (struct text){"，检修：未知", ", in inspection: unknown"};
}

struct text
wording_cut(bool suspected, uint8_t phases)
{
	static const struct text lost[8] = {
	    {"停电", "supply lost"},
	    {"A相缺相", "L1 lost"},
	    {"B相缺相", "L2 lost"},
	    {"A、B相缺相", "L1 and L2 lost"},
	    {"C相缺相", "L3 lost"},
	    {"A、C相缺相", "L1 and L3 lost"},
	    {"B、C相缺相", "L2 and L3 lost"},
	    {"停电", "supply lost"},
	};

	if (suspected && (phases & 7) == 0)
		return (struct text){"疑似停电", "suspected power cut"};
	return lost[phases & 7];
}

/* ---- one car ---- */

static void
put(struct buf *out, const char *zh, const char *en_text, bool en)
{
	wording_add(out, en ? en_text : zh);
}

static bool
is_between_floors(const struct car_state *s)
{
	return s->moving != CONDITION_TRUE && s->zone == CONDITION_FALSE;
}

/* Empty at a landing: there is no more to be said. */
static bool
is_idle(const struct car_state *s)
{
	return s->trapped != CONDITION_TRUE && s->occupied == CAR_EMPTY &&
	    s->moving != CONDITION_TRUE && !is_between_floors(s);
}

/* label between what is said before and behind it. */
static void
add_floor(struct buf *out, const char *label, const char *const zh[2],
    const char *en_words, bool en)
{
	wording_add(out, en ? en_words : zh[0]);
	wording_add(out, label);
	wording_add(out, en ? "" : zh[1]);
}

/* Nothing, if that is not known.  label: of the floor, or "". */
static void
add_position(
    struct buf *out, const struct car_state *s, const char *label, bool en)
{
	static const char *const at[] = {"停在", "层"},
				 *const near[] = {"在", "层附近"},
				 *const beside[] = {"，近", "层"};
	bool between = is_between_floors(s), landed = car_is_landed(s);
	bool stands = s->moving == CONDITION_FALSE;

	if (s->moving == CONDITION_TRUE) {
		put(out, "行驶中", "moving", en);
	} else if (between) {
		put(out, stands ? "停在楼层间" : "在楼层间",
		    stands ? "stopped between floors" : "between floors", en);
		if (label[0] != '\0')
			add_floor(out, label, beside, ", near floor ", en);
	} else if (landed && label[0] != '\0') {
		add_floor(out, label, at, "at floor ", en);
	} else if (landed) {
		put(out, "停在平层", "at a landing", en);
	} else if (label[0] != '\0') {
		add_floor(out, label, near, "near floor ", en);
	}
}

/* The floor as the controller counts it. */
static const char *
counted(const struct car_state *s, char label[FLOOR_MAX])
{
	label[0] = '\0';
	if (isfinite(s->floor))
		snprintf(label, FLOOR_MAX, "%g", s->floor);
	return label;
}

void
wording_position(
    struct buf *out, const struct car_state *s, const char *label, bool en)
{
	char memory[CAR_TEXT_MAX], floor[FLOOR_MAX];
	struct buf position;

	buf_fixed(&position, memory, sizeof(memory));
	if (label == NULL || label[0] == '\0')
		label = counted(s, floor);
	add_position(&position, s, label, en);
	if (position.len == 0)
		return;
	put(out, "，", ", ", en);
	wording_add(out, position.data);
}

static void
add_state(struct buf *out, const struct car_state *s, bool en)
{
	struct text who = wording_occupied((enum car_occupied)s->occupied);
	char memory[CAR_TEXT_MAX], floor[FLOOR_MAX];
	struct buf position;
	bool doubt = s->occupied == CAR_UNKNOWN;

	buf_fixed(&position, memory, sizeof(memory));
	if (!is_idle(s))
		add_position(&position, s,
		    is_between_floors(s) ? "" : counted(s, floor), en);
	if (s->trapped == CONDITION_TRUE) {
		put(out, "困人", "trapped", en);
		if (position.len > 0)
			put(out, "，", ", ", en);
		wording_add(out, position.data);
	} else if (position.len == 0) {
		who = doubt ? (struct text){"未知", "unknown"} : who;
		wording_add(out, wording_in(who, en));
	} else {
		wording_add(out, position.data);
		put(out, doubt ? "，" : "", ", ", en);
		wording_add(out, wording_in(who, en));
	}
}

void
wording_car(struct buf *out, const struct sweep_car *car, bool en)
{
	int64_t least_ms = is_idle(&car->was) ? IDLE_MS : NEWS_MS;

	add_state(out, &car->was, en);
	if (car->age_ms == INT64_MAX || car->age_ms < least_ms)
		return;
	put(out, "（", " (", en);
	wording_duration(out, car->age_ms, en);
	put(out, "前）", " ago)", en);
}

/* ---- all of them ---- */

static bool
is_late(const struct sweep_car *car)
{
	return !car->back && car->checked.by[0] == '\0';
}

static void
add_car(struct buf *out, const struct sweep_car *car, bool late, bool en)
{
	const char *place = wording_in(car->where, en);

	wording_add(out, place != NULL ? place : car->device);
	if (late)
		return;
	put(out, " ", ": ", en);
	wording_car(out, car, en);
}

static void
add_rest(struct buf *out, unsigned all, unsigned left, bool en)
{
	if (left == all)
		buf_printf(out, en ? "%u lifts" : "%u台", all);
	else if (en)
		buf_printf(out, "; and %u more", left);
	else
		buf_printf(out, "；等%u台", all);
}

/* Whether so many bytes fit, and behind them that there are more. */
static bool
fits(const struct buf *out, size_t len, unsigned all, unsigned left, bool en)
{
	char memory[CAR_TEXT_MAX];
	struct buf rest;

	buf_fixed(&rest, memory, sizeof(memory));
	if (left > 0)
		add_rest(&rest, all, left, en);
	return !out->fixed || out->len + len + rest.len < out->cap;
}

void
wording_cars(struct buf *out, const struct sweep_list *list, bool late, bool en)
{
	unsigned all = 0, told = 0;
	char memory[CAR_TEXT_MAX];
	struct buf words;

	for (unsigned i = 0; i < list->count; i++)
		all += !late || is_late(&list->cars[i]);
	for (unsigned i = 0; i < list->count; i++) {
		if (late && !is_late(&list->cars[i]))
			continue;
		buf_fixed(&words, memory, sizeof(memory));
		if (told > 0)
			put(&words, "；", "; ", en);
		add_car(&words, &list->cars[i], late, en);
		if (words.full ||
		    !fits(out, words.len, all, all - told - 1, en))
			break;
		wording_add(out, words.data);
		told++;
	}
	if (told < all)
		add_rest(out, all, all - told, en);
}
