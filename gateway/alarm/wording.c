/*
 * wording.c - an alarm's text for people, filled in
 *
 * Character by character, so that a text that is too long for its room ends
 * between two of them.  Configuration has judged the names in braces; one that
 * is none all the same is "?", for an alarm must be told whatever it says.
 */
#include "gateway/alarm/wording.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define UTF8_MAX 4 /* bytes of a character */
#define FIXED_MAX 1e15 /* larger numbers are written with an exponent */

#define UNKNOWN "?"

/* ---- parts ---- */

const char *
wording_in(struct text text, bool en)
{
	const char *first = en ? text.en : text.zh;

	return first != NULL ? first : en ? text.zh : text.en;
}

/* Returns the byte behind it. */
static const char *
add_character(struct buf *out, const char *text)
{
	size_t n = utf8_char(text, strnlen(text, UTF8_MAX));

	n = n > 0 ? n : 1;
	buf_add(out, text, n);
	return text + n;
}

void
wording_add(struct buf *out, const char *text)
{
	while (*text != '\0')
		text = add_character(out, text);
}

static void
add_place(struct buf *out, const struct wording *w, bool en)
{
	if (w->building == NULL && w->stair == NULL) {
		wording_add(out, wording_in(w->name, en));
		return;
	}
	if (w->building != NULL) {
		wording_add(out, en ? "building " : "");
		wording_add(out, w->building);
		wording_add(out, en ? "" : "栋");
	}
	if (w->building != NULL && w->stair != NULL && en)
		wording_add(out, " ");
	if (w->stair != NULL) {
		wording_add(out, en ? "stair " : "");
		wording_add(out, w->stair);
		wording_add(out, en ? "" : "单元");
	}
}

void
wording_duration(struct buf *out, int64_t ms, bool en)
{
	int64_t hours = ms / HOUR_MS, minutes = ms % HOUR_MS / MINUTE_MS;

	if (ms < MINUTE_MS) {
		buf_printf(out, en ? "%" PRId64 " s" : "%" PRId64 "秒",
		    ms / SECOND_MS);
		return;
	}
	if (hours > 0)
		buf_printf(
		    out, en ? "%" PRId64 " h" : "%" PRId64 "小时", hours);
	if (hours > 0 && minutes > 0 && en)
		buf_puts(out, " ");
	if (minutes > 0)
		buf_printf(
		    out, en ? "%" PRId64 " min" : "%" PRId64 "分", minutes);
}

/* ---- values ---- */

static int
digits_of(const char *unit)
{
	static const struct {
		const char *unit;
		int digits;
	} table[] = {{"V", 0}, {"A", 0}, {"%", 0}, {"degC", 0}, {"kW", 1},
	    {"kVA", 1}, {"kvar", 1}, {"MPa", 2}, {"", 2}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].unit, unit) == 0)
			return table[i].digits;
	return 1;
}

/* What rounds to nothing is 0, not -0; a whole number needs no point. */
static void
add_number(struct buf *out, double number, const char *unit)
{
	int digits = digits_of(unit);
	double tens = pow(10, digits);

	if (round(number * tens) == 0)
		number = 0;
	if (number == round(number))
		digits = 0;
	if (fabs(number) < FIXED_MAX)
		buf_printf(out, "%.*f", digits, number);
	else
		buf_printf(out, "%g", number);
}

static void
add_enum(struct buf *out, int64_t number, const struct point_info *p)
{
	const char *name = point_enum_name(p, number);

	if (name != NULL)
		wording_add(out, name);
	else
		buf_printf(out, "%" PRId64, number);
}

static void
add_value(
    struct buf *out, const struct value *v, const struct point_info *p, bool en)
{
	switch ((enum value_type)v->type) {
	case VALUE_NONE: buf_puts(out, UNKNOWN); break;
	case VALUE_F32:
	case VALUE_F64: add_number(out, v->f, p->unit); break;
	case VALUE_I64: buf_printf(out, "%" PRId64, v->i); break;
	case VALUE_U64: buf_printf(out, "%" PRIu64, v->u); break;
	case VALUE_BOOL:
		wording_add(out,
		    wording_in(v->u != 0 ? (struct text){"是", "yes"}
					 : (struct text){"否", "no"},
			en));
		break;
	case VALUE_ENUM: add_enum(out, v->i, p); break;
	case VALUE_TEXT: wording_add(out, v->text); break;
	}
}

/* point: an index, or -1.  What is uncertain is not known. */
static void
add_point(struct buf *out, const struct wording *w, int point, bool en)
{
	struct derive_input in;

	if (point < 0 || point >= w->point_count) {
		buf_puts(out, UNKNOWN);
		return;
	}
	in = w->look.get(w->look.context, (uint16_t)point);
	if (in.quality.code == QUALITY_GOOD ||
	    in.quality.code == QUALITY_SIMULATED)
		add_value(out, &in.value, &w->points[point], en);
	else
		buf_puts(out, UNKNOWN);
}

/* ---- names in braces ---- */

static bool
is_name(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

static int
find_point(const struct wording *w, const char *text, size_t len)
{
	for (uint16_t i = 0; i < w->point_count; i++)
		if (is_name(w->points[i].name, text, len))
			return i;
	return -1;
}

static const struct wording_fact *
find_fact(const struct wording *w, const char *text, size_t len)
{
	for (size_t i = 0; i < w->fact_count; i++)
		if (is_name(w->facts[i].name, text, len))
			return &w->facts[i];
	return NULL;
}

static void
add_named(struct buf *out, const struct wording *w, const char *text,
    size_t len, bool en)
{
	const struct wording_fact *fact = find_fact(w, text, len);

	if (is_name("place", text, len))
		add_place(out, w, en);
	else if (is_name("name", text, len))
		wording_add(out, wording_in(w->name, en));
	else if (is_name("v", text, len))
		add_point(out, w, w->first, en);
	else if (is_name("dur", text, len))
		wording_duration(out, w->held_ms, en);
	else if (fact != NULL)
		wording_add(out, wording_in(fact->text, en));
	else
		add_point(out, w, find_point(w, text, len), en);
}

void
wording_fill(
    struct buf *out, const struct wording *w, const char *text, bool en)
{
	while (*text != '\0') {
		const char *end = *text == '{' ? strchr(text, '}') : NULL;

		if (end == NULL) {
			text = add_character(out, text);
			continue;
		}
		add_named(out, w, text + 1, (size_t)(end - text - 1), en);
		text = end + 1;
	}
}
