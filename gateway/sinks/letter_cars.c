/*
 * letter_cars.c - the lifts of a power cut in a letter
 *
 * A letter of many cars would be cut by the robot where it likes, so the lines
 * have room of their own, and what does not fit is counted: the alarm's page
 * has all of them.
 */
#include "gateway/sinks/letter_cars.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/wording.h"
#include "gateway/alarm/wording_cars.h"
#include "gateway/sinks/letter_json.h"

#define SECOND_MS 1000
#define LINE_BYTES 1024 /* of one car */
#define ROOM_WECOM 900 /* bytes of lines; of two languages each has half */
#define ROOM 4000

/* ---- what it comes to ---- */

static bool
is_trapped(const struct sweep_car *c)
{
	return c->was.trapped == CONDITION_TRUE;
}

static bool
is_occupied(const struct sweep_car *c)
{
	return !is_trapped(c) && c->was.occupied == CAR_PERSON;
}

static bool
is_doubtful(const struct sweep_car *c)
{
	return !is_trapped(c) && c->was.occupied == CAR_UNKNOWN;
}

/* How many of the open cars are so; nothing of none. */
static void
add_count(struct buf *out, const struct letter_voice *v, const struct notice *n,
    bool (*is)(const struct sweep_car *), const char *zh, const char *en)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->cars->count; i++)
		count += sweep_car_is_open(&n->cars->cars[i]) &&
		    is(&n->cars->cars[i]);
	if (count == 0)
		return;
	if (v->en)
		buf_printf(out, ", %u %s", count, en);
	else
		buf_printf(out, "，%s%u台", zh, count);
}

static void
add_device(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const char *name =
	    i->device != NULL ? part_text(i->device->name, v->en) : NULL;

	part_words(out, name != NULL ? name : i->notice->device);
	buf_puts(out, part_say(v, " ", ": "));
}

void
letter_cars_title(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;
	const struct sweep_list *list = n->cars;
	struct text cut = wording_cut(list->suspected, list->phases);

	add_device(out, v, i);
	if (n->active)
		part_words(out, part_text(cut, v->en));
	else
		buf_puts(out, part_say(v, "已来电", "power is back"));
	if (v->en)
		buf_printf(out, ", %u lift%s", list->count,
		    list->count == 1 ? "" : "s");
	else
		buf_printf(out, "，影响电梯%u台", list->count);
	add_count(out, v, n, is_trapped, "困人", "trapped");
	add_count(out, v, n, is_occupied, "有人", "occupied");
	add_count(out, v, n, is_doubtful, "未知", "unknown");
	if (notice_open_cars(n) == 0)
		buf_puts(out,
		    part_say(
			v, "，均已恢复或核实", ", all back or looked after"));
}

void
letter_cars_return(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;

	if (n->active || i->over)
		return;
	buf_puts(out, part_say(v, "已来电", "Power is back"));
	if (n->ceased_ms != 0) {
		buf_puts(out, part_say(v, " ", " since "));
		part_time(out, v, n->ceased_ms);
	}
	if (notice_open_cars(n) == 0)
		buf_puts(
		    out, part_say(v, "，待确认", ": waits to be acknowledged"));
	buf_char(out, '\n');
}

/* ---- one car ---- */

static int
compare(const void *id, const void *device)
{
	return strcmp(id, ((const struct notify_device *)device)->id);
}

/* NULL: the configuration has it no more. */
static const struct notify_device *
device_of(const struct letter_voice *v, const struct sweep_car *c)
{
	if (v->conf->device_count == 0)
		return NULL;
	return bsearch(c->device, v->conf->devices, v->conf->device_count,
	    sizeof(*v->conf->devices), compare);
}

static void
add_place(struct buf *out, const struct letter_voice *v,
    const struct sweep_car *c, const struct notify_device *d)
{
	struct wording place = {.name = {c->device, c->device}, .first = -1};

	if (d != NULL) {
		place.building = d->building;
		place.stair = d->stair;
		if (part_text(d->name, v->en) != NULL)
			place.name = d->name;
	}
	wording_fill(out, &place, "{place}", v->en);
}

/* Where it was and who was in it.  Of a car between floors or on its way
 * wording_car leaves the floor out, which is where people begin to look. */
static void
add_state(
    struct buf *out, const struct letter_voice *v, const struct sweep_car *c)
{
	struct sweep_car state = *c;
	bool between =
	    c->was.moving == CONDITION_TRUE || c->was.zone == CONDITION_FALSE;

	state.age_ms = INT64_MAX;
	wording_car(out, &state, v->en);
	if (between && isfinite(c->was.floor))
		buf_printf(out, v->en ? ", near floor %g" : "，%g层附近",
		    c->was.floor);
	if (c->age_ms < SECOND_MS || c->age_ms == INT64_MAX)
		return;
	buf_puts(out, part_say(v, "（停电前", " ("));
	part_span(out, v, c->age_ms);
	buf_puts(out, part_say(v, "）", " before the cut)"));
}

static void
add_help(struct buf *out, const struct letter_voice *v,
    const struct notify_device *d)
{
	const char *owner = part_text(d->owner_name, v->en);

	if (d->rescue_code != NULL) {
		buf_puts(out, part_say(v, "  救援码 ", "  Rescue code "));
		part_words(out, d->rescue_code);
	}
	if (owner != NULL || d->owner_phone != NULL)
		buf_char(out, ' ');
	if (owner != NULL) {
		buf_char(out, ' ');
		part_words(out, owner);
	}
	if (d->owner_phone != NULL) {
		buf_char(out, ' ');
		part_owner_phone(out, v->channel, d->owner_phone);
	}
}

static void
write_car(struct buf *out, const struct letter_voice *v,
    const struct letter_item *i, const struct sweep_car *c)
{
	const struct notify_device *d = device_of(v, c);

	add_place(out, v, c, d);
	buf_puts(out, part_say(v, " ", ": "));
	if (c->back)
		buf_puts(out, part_say(v, "已恢复运行", "running again"));
	else
		add_state(out, v, c);
	if (!c->back && !i->over && d != NULL)
		add_help(out, v, d);
	if (c->checked.by[0] != '\0') {
		buf_puts(out, part_say(v, "  已核实 ", "  Checked by "));
		part_deed(out, v, &c->checked);
	}
	buf_char(out, '\n');
}

/* ---- all of them ---- */

static size_t
room_of(const struct notify_channel *c)
{
	size_t room = c->type == CHANNEL_WECOM ? ROOM_WECOM : ROOM;

	return c->language == LANGUAGE_BOTH ? room / 2 : room;
}

/* Those that are open, or those that are not, up to so many bytes.  Returns how
 * many there was no room for. */
static unsigned
write_some(struct buf *out, const struct letter_voice *v,
    const struct letter_item *i, bool open, size_t end)
{
	const struct sweep_list *list = i->notice->cars;
	char memory[LINE_BYTES];
	unsigned left = 0;
	struct buf line;

	for (unsigned k = 0; k < list->count; k++) {
		if (sweep_car_is_open(&list->cars[k]) != open)
			continue;
		buf_fixed(&line, memory, sizeof(memory));
		write_car(&line, v, i, &list->cars[k]);
		if (left > 0 || line.full || out->len + line.len > end)
			left++;
		else
			buf_add(out, line.data, line.len);
	}
	return left;
}

void
letter_cars(
    struct buf *out, const struct letter_voice *v, const struct letter_item *i)
{
	size_t end = out->len + room_of(v->channel);
	unsigned left;

	if (!notice_has_cars(i->notice))
		return;
	left = write_some(out, v, i, true, end);
	left += write_some(out, v, i, false, left > 0 ? 0 : end);
	if (left > 0 && v->en)
		buf_printf(out, "and %u more, on the page of alarms\n", left);
	else if (left > 0)
		buf_printf(out, "另有%u台，见告警页面\n", left);
	if (!i->over && notice_open_cars(i->notice) > 0)
		buf_puts(out,
		    part_say(
			v, "请逐台对讲核实\n", "Call each car and check\n"));
}

/* ---- the document ---- */

static void
write_truth(struct json *j, const char *key, uint8_t truth)
{
	json_key(j, key);
	if (truth == CONDITION_UNKNOWN)
		json_none(j);
	else
		json_bool(j, truth == CONDITION_TRUE);
}

static void
write_document(
    struct json *j, const struct letter_voice *v, const struct sweep_car *c)
{
	const struct notify_device *d = device_of(v, c);

	json_open(j);
	json_key_string(j, "car", c->device);
	write_truth(j, "moving", c->was.moving);
	json_key_string(j, "occupied", car_occupied_names[c->was.occupied]);
	if (is_trapped(c))
		json_key_bool(j, "trapped", true);
	json_key(j, "floor");
	if (isfinite(c->was.floor))
		json_f64(j, c->was.floor);
	else
		json_none(j);
	json_key_bool(j, "back", c->back);
	letter_json_deed(j, v, "checked", &c->checked);
	letter_json_place(j, d);
	letter_json_owner(j, v, d);
	json_end(j);
}

void
letter_cars_json(
    struct json *j, const struct letter_voice *v, const struct letter_item *i)
{
	const struct notice *n = i->notice;

	if (!notice_has_cars(n))
		return;
	if (n->cars->suspected)
		json_key_bool(j, "suspected", true);
	json_key(j, "cars");
	json_list(j);
	for (unsigned k = 0; k < n->cars->count; k++)
		write_document(j, v, &n->cars->cars[k]);
	json_end(j);
}
