/* scan_order.c - see scan_order.h */
#include "gateway/commands/scan_order.h"

#include <stdlib.h>
#include <string.h>

/* ---- units ---- */

static void
add_unit(struct scan_units *out, uint8_t unit)
{
	if (memchr(out->units, unit, out->count) == NULL)
		out->units[out->count++] = unit;
}

/* Digits and no more; what is too large saturates. */
static bool
take_number(const char **text, unsigned long *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return true;
}

const char *
scan_units_read(
    const char *text, unsigned least, unsigned most, struct scan_units *out)
{
	unsigned long first, last;

	for (out->count = 0;; text++) {
		if (!take_number(&text, &first))
			return "is no list of units; write for example 1-16,33";
		last = first;
		if (*text == '-' && (text++, !take_number(&text, &last)))
			return "has a range without an end; write for example "
			       "1-16";
		if (last < first)
			return "has a range that goes backwards";
		if (first < least || last > most)
			return least == 0
			    ? "has a unit that is none of 0 to 255"
			    : "has a unit that is none of 1 to 247, which are "
			      "those of a serial line";
		while (first <= last)
			add_unit(out, (uint8_t)first++);
		if (*text == '\0')
			return NULL;
		if (*text != ',')
			return "is no list of units; write for example 1-16,33";
	}
}

/* ---- the order ---- */

/* With one setting there is nothing to come back to. */
static size_t
first_units(const struct scan_order *o)
{
	return o->setting_count > 1 && o->unit_count > SCAN_FIRST
	    ? SCAN_FIRST
	    : o->unit_count;
}

static size_t
group_end(const struct scan_order *o)
{
	return o->late ? o->unit_count : first_units(o);
}

/* To the first unit of the next setting, of the others' group, of the next
 * question. */
static void
turn_page(struct scan_order *o)
{
	if (o->settled || ++o->setting == o->setting_count) {
		if (!o->settled)
			o->setting = 0;
		o->late = !o->late;
		if (!o->late)
			o->question++;
	}
	o->unit = o->late ? first_units(o) : 0;
}

bool
scan_order_next(struct scan_order *o)
{
	if (o->begun)
		o->unit++;
	o->begun = true;
	for (;;) {
		while (o->unit < group_end(o) && o->there[o->unit])
			o->unit++;
		if (o->question == o->question_count)
			return false;
		if (o->unit < group_end(o) && !o->dropped[o->setting])
			return true;
		turn_page(o);
	}
}

int64_t
scan_order_left_ms(const struct scan_order *o, const struct scan_cost *c)
{
	struct scan_order rest = *o;
	size_t setting = o->begun ? o->setting : SCAN_SETTINGS_MAX;
	int64_t left_ms = 0;

	while (scan_order_next(&rest)) {
		if (rest.setting != setting)
			left_ms += c->open_ms;
		setting = rest.setting;
		left_ms += c->ask_ms[setting];
	}
	return left_ms;
}
