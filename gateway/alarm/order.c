/*
 * order.c - what a person wants of an alarm, from a foreign text
 *
 * jansson reads it; its own sentences are not passed on, for they quote the
 * text.  What is quoted here was judged before.
 *
 * Names and notes go into events and onto pages: they are whole characters
 * without control ones, and a name has no " and no \, so that the largest event
 * has a known size.
 */
#include "gateway/alarm/order.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FOR_DIGITS_MAX 9
#define FOR_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

const char *const order_verb_names[] = {
    [ORDER_ACK] = "ack",
    [ORDER_SHELVE] = "shelve",
    [ORDER_UNSHELVE] = "unshelve",
    [ORDER_NOTE] = "note",
    [ORDER_RESPOND] = "respond",
    [ORDER_ARRIVE] = "arrive",
    [ORDER_RESCUE] = "rescue",
    [ORDER_FALSE] = "false-alarm",
    [ORDER_RESET] = "reset",
    [ORDER_CHECK] = "check",
    [ORDER_OUT] = "out-of-service",
    [ORDER_IN] = "in-service",
    NULL,
};

int
order_verb(const char *name)
{
	for (int i = 0; i < ORDER_VERBS; i++)
		if (strcmp(order_verb_names[i], name) == 0)
			return i;
	return -1;
}

/* Returns false, so that a caller can write `return refuse(why, ...)`. */
static bool refuse(char why[ORDER_WHY_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(char why[ORDER_WHY_MAX], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, ORDER_WHY_MAX, fmt, args);
	va_end(args);
	return false;
}

/* ---- members ---- */

static bool
refuse_member(const char *name, char why[ORDER_WHY_MAX])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	if (len == 0 || len > 32 || strspn(name, plain) != len)
		return refuse(why,
		    "there is a member that no order has: write by, note, for, "
		    "car, alarm");
	return refuse(why,
	    "there is no \"%s\" in an order: write by, note, for, car, alarm",
	    name);
}

static bool
judge_members(const json_t *text, char why[ORDER_WHY_MAX])
{
	static const char *const known[] = {
	    "alarm", "by", "note", "for", "car"};
	const size_t count = sizeof(known) / sizeof(known[0]);
	void *at;

	for (at = json_object_iter((json_t *)text); at != NULL;
	     at = json_object_iter_next((json_t *)text, at)) {
		const char *name = json_object_iter_key(at);
		size_t i = 0;

		while (i < count && strcmp(known[i], name) != 0)
			i++;
		if (i == count)
			return refuse_member(name, why);
	}
	return true;
}

/* out is "" if there is none. */
static bool
read_text(const json_t *order, const char *name, char *out, size_t size,
    char why[ORDER_WHY_MAX])
{
	const json_t *value = json_object_get(order, name);
	size_t len = json_string_length(value);

	out[0] = '\0';
	if (value == NULL)
		return true;
	if (!json_is_string(value))
		return refuse(why, "\"%s\" is a text in quotes", name);
	if (len >= size)
		return refuse(why, "\"%s\" is %zu bytes long, at most %zu",
		    name, len, size - 1);
	memcpy(out, json_string_value(value), len + 1);
	return true;
}

/* Whether there is a control character but for those allowed; U+0080 to U+009F
 * are some too. */
static bool
has_control(const char *text, const char *allowed)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0';
	     c++)
		if (((*c < ' ' || *c == 0x7f) && !strchr(allowed, *c)) ||
		    (c[0] == 0xc2 && c[1] < 0xa0))
			return true;
	return false;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

/* by: who it is, whatever the text says; or NULL. */
static bool
read_by(struct order *o, const char *by, const json_t *order,
    char why[ORDER_WHY_MAX])
{
	if (by != NULL) {
		snprintf(o->by, sizeof(o->by), "%s", by);
		return true;
	}
	if (!read_text(order, "by", o->by, sizeof(o->by), why))
		return false;
	if (is_blank(o->by))
		return refuse(why, "\"by\" is missing: say who you are");
	if (has_control(o->by, "") || strpbrk(o->by, "\"\\") != NULL)
		return refuse(why,
		    "\"by\" is a name on one line, without quotes and "
		    "backslashes");
	return true;
}

static bool
needs_note(const struct order *o)
{
	return o->verb == ORDER_SHELVE || o->verb == ORDER_RESET ||
	    o->verb == ORDER_OUT || o->verb == ORDER_NOTE;
}

static bool
read_note(struct order *o, const json_t *order, char why[ORDER_WHY_MAX])
{
	if (!read_text(order, "note", o->note, sizeof(o->note), why))
		return false;
	if (has_control(o->note, "\t\n"))
		return refuse(
		    why, "\"note\" has control characters; lines may end");
	if (needs_note(o) && is_blank(o->note))
		return refuse(why, "\"note\" is missing: %s",
		    o->verb == ORDER_NOTE ? "write what there is to say"
					  : "say why");
	return true;
}

/* ---- for ---- */

static int64_t
unit_ms(char unit)
{
	switch (unit) {
	case 's': return 1000;
	case 'm': return 60 * 1000;
	case 'h': return 3600 * 1000;
	case 'd': return 24 * 3600 * 1000;
	default: return 0;
	}
}

/* 0 if it is none, or longer than 30 days. */
static int64_t
duration(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int64_t number = 0, unit = unit_ms(text[digits]);

	if (digits == 0 || digits > FOR_DIGITS_MAX || text[0] == '0' ||
	    unit == 0 || text[digits + 1] != '\0')
		return 0;
	for (size_t i = 0; i < digits; i++)
		number = 10 * number + (text[i] - '0');
	return number <= FOR_MAX_MS / unit ? number * unit : 0;
}

static bool
read_for(struct order *o, const json_t *order, char why[ORDER_WHY_MAX])
{
	char text[32];

	o->for_ms = 0;
	if (o->verb != ORDER_SHELVE)
		return json_object_get(order, "for") == NULL ||
		    refuse(why, "\"for\" is only for shelving");
	if (json_object_get(order, "for") == NULL)
		return true;
	if (!read_text(order, "for", text, sizeof(text), why))
		return false;
	o->for_ms = duration(text);
	return o->for_ms > 0 ||
	    refuse(why, "\"for\" is a time such as 30m, 2h, 8h, at most 30d");
}

/* ---- which alarm ---- */

/* The length of the name that text begins with; 0: none. */
static size_t
name_length(const char *text)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return strspn(text, first) == 0 ? 0 : strspn(text, rest);
}

static bool
is_name(const char *text)
{
	return text[0] != '\0' && text[name_length(text)] == '\0';
}

static bool
is_key(const char *text)
{
	size_t device = name_length(text);

	return device > 0 && text[device] == '/' && is_name(text + device + 1);
}

static bool
read_alarm(struct order *o, const char *alarm, const json_t *order,
    char why[ORDER_WHY_MAX])
{
	if (!read_text(order, "alarm", o->alarm, sizeof(o->alarm), why))
		return false;
	if (alarm == NULL && o->alarm[0] == '\0')
		return refuse(why,
		    "\"alarm\" is missing: write device/alarm, such as "
		    "lift-3-1/entrapment");
	if (alarm == NULL)
		alarm = o->alarm;
	if (!is_key(alarm) || strlen(alarm) >= sizeof(o->alarm))
		return refuse(why,
		    "an alarm is written device/alarm, such as "
		    "lift-3-1/entrapment");
	if (o->alarm[0] != '\0' && strcmp(alarm, o->alarm) != 0)
		return refuse(why,
		    "\"alarm\" is another one than that of the address: "
		    "leave it out");
	memmove(o->alarm, alarm, strlen(alarm) + 1);
	return true;
}

/* ---- which car ---- */

static bool
read_car(struct order *o, const json_t *order, char why[ORDER_WHY_MAX])
{
	o->car[0] = '\0';
	if (o->verb != ORDER_CHECK)
		return json_object_get(order, "car") == NULL ||
		    refuse(why, "\"car\" is only for check");
	if (!read_text(order, "car", o->car, sizeof(o->car), why))
		return false;
	if (o->car[0] == '\0')
		return refuse(why,
		    "\"car\" is missing: say which lift you looked after, such "
		    "as lift-7-2");
	return is_name(o->car) ||
	    refuse(why, "\"car\" is a lift's id, such as lift-7-2");
}

/* ---- the text ---- */

/* NULL with a sentence if it is no object. */
static json_t *
parse(const char *text, size_t len, char why[ORDER_WHY_MAX])
{
	json_error_t fault;
	json_t *order = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);

	if (json_is_object(order))
		return order;
	if (order != NULL)
		refuse(why, "an order is an object, such as {\"by\":\"Wang\"}");
	else if (len == 0)
		refuse(why,
		    "the order is empty; write an object, such as "
		    "{\"by\":\"Wang\"}");
	else if (json_error_code(&fault) == json_error_duplicate_key)
		refuse(why, "a member stands in the order twice");
	else if (json_error_code(&fault) == json_error_null_character)
		refuse(why, "a text of the order has a NUL in it");
	else
		refuse(why, "the order is not JSON: line %d, column %d",
		    fault.line, fault.column);
	json_decref(order);
	return NULL;
}

bool
order_read(struct order *o, const char *alarm, const char *text, size_t len,
    char why[ORDER_WHY_MAX])
{
	return order_read_by(o, alarm, NULL, text, len, why);
}

bool
order_read_by(struct order *o, const char *alarm, const char *by,
    const char *text, size_t len, char why[ORDER_WHY_MAX])
{
	json_t *order;
	bool good;

	why[0] = '\0';
	if (len > ORDER_TEXT_MAX)
		return refuse(why, "the order is %zu bytes long, at most %d",
		    len, ORDER_TEXT_MAX);
	order = parse(text, len, why);
	if (order == NULL)
		return false;
	good = judge_members(order, why) && read_alarm(o, alarm, order, why) &&
	    read_by(o, by, order, why) && read_note(o, order, why) &&
	    read_for(o, order, why) && read_car(o, order, why);
	json_decref(order);
	return good;
}
