/*
 * alarms_cars.c - the cars of a power cut, for people
 *
 * What a car did was known a while before the alarm, and is no news any more
 * when somebody reads it here: so that is what is said of its age.
 */
#include "gateway/commands/alarms_cars.h"

#include <math.h>
#include <string.h>

#include "gateway/alarm/wording_cars.h"
#include "gateway/base/buf.h"
#include "gateway/commands/member.h"
#include "gateway/commands/tongue.h"

static uint8_t
truth(const json_t *car, const char *key)
{
	const json_t *value = json_object_get(car, key);

	if (!json_is_boolean(value))
		return CONDITION_UNKNOWN;
	return json_is_true(value) ? CONDITION_TRUE : CONDITION_FALSE;
}

static uint8_t
occupied(const json_t *car)
{
	const char *text = member_text(car, "occupied");

	if (strcmp(text, "yes") == 0)
		return CAR_PERSON;
	return strcmp(text, "no") == 0 ? CAR_EMPTY : CAR_UNKNOWN;
}

static struct car_state
state_of(const json_t *car)
{
	const json_t *floor = json_object_get(car, "floor");

	return (struct car_state){.moving = truth(car, "moving"),
	    .zone = truth(car, "zone"),
	    .door_open = truth(car, "door_open"),
	    .occupied = occupied(car),
	    .trapped = truth(car, "trapped"),
	    .floor = json_is_number(floor) ? json_number_value(floor) : NAN};
}

static void
put_age(struct buf *note, const json_t *car)
{
	char age[MEMBER_TIME_TEXT];

	if (json_is_number(json_object_get(car, "age")))
		buf_printf(note,
		    tongue(", %s before the alarm", "（告警前%s）"),
		    member_span(member_number(car, "age"), age));
}

/* The times of the check and of `since` are by one clock. */
static void
put_check(struct buf *note, const json_t *alarm, const json_t *check)
{
	char after[MEMBER_TIME_TEXT];

	buf_puts(note, tongue("; checked", "；已查看"));
	if (json_is_number(json_object_get(check, "ts")) &&
	    json_is_number(json_object_get(alarm, "since")))
		buf_printf(note, tongue(" after %s", "，告警后%s"),
		    member_span(member_number(check, "ts") -
			    member_number(alarm, "since"),
			after));
	buf_printf(note, tongue(" by %s", "（%s）"), member_text(check, "by"));
}

static void
put_status(struct buf *note, const json_t *alarm, const json_t *car)
{
	const json_t *check = json_object_get(car, "checked");
	bool back = json_is_true(json_object_get(car, "back"));

	buf_puts(note,
	    back ? tongue("; back", "；已恢复")
		 : tongue("; not back", "；未恢复"));
	if (json_is_object(check))
		put_check(note, alarm, check);
	else if (!back)
		buf_puts(note, tongue(", not checked", "，未查看"));
}

static void
add_car(struct table *t, const json_t *alarm, const json_t *car)
{
	const struct sweep_car was = {.was = state_of(car)};
	struct buf note = {0};

	buf_printf(&note, tongue("%s: ", "%s："), member_text(car, "car"));
	wording_car(&note, &was, !tongue_is_zh());
	put_age(&note, car);
	put_status(&note, alarm, car);
	table_note(t, "%s", note.data);
	buf_free(&note);
}

void
alarms_cars_note(struct table *t, const json_t *alarm)
{
	const json_t *cars = json_object_get(alarm, "cars");

	for (size_t i = 0; i < json_array_size(cars); i++)
		add_car(t, alarm, json_array_get(cars, i));
}
