/*
 * wording.h - an alarm's text for people, filled in, pure
 *
 * {place}: "7栋2单元", "building 7 stair 2"; the device's name where it has no
 * place.  {name}: the device's name.  {v}: the point that `when` asks for
 * first.  {dur}: how long the condition has held, "38分", "2小时5分",
 * "38 min", "2 h 5 min".  {fact}: what the caller says it is.  {point}: its
 * value, an enumeration's by name.  What is not known is "?".  Numbers are
 * rounded as people read them: V A % degC and whole numbers 0 digits, kW kVA
 * kvar 1, MPa and no unit 2, else 1.  A truth value is 是 or 否, yes or no.
 *
 * Which facts an alarm has is said in gateway/conf/phrase.h; what is known of
 * cars is put into words by wording_cars.h.
 */
#ifndef WORDING_H
#define WORDING_H

#include "gateway/alarm/condition.h"
#include "gateway/base/buf.h"

/* Known beside the device's points, and before one of the same name. */
struct wording_fact {
	const char *name;
	struct text text;
};

struct wording {
	struct text name;
	const char *building, *stair; /* or NULL */
	uint16_t point_count;
	const struct point_info *points;
	struct condition_look look;
	int first; /* the point of {v}, or -1 */
	int64_t held_ms;
	size_t fact_count;
	const struct wording_fact *facts;
};

/* Appends; en chooses the language of what is filled in.  Of a fixed buf that
 * is full the text ends between two characters. */
void wording_fill(
    struct buf *out, const struct wording *w, const char *text, bool en);

/* In this language if there is such a text, else in the other. */
const char *wording_in(struct text text, bool en);

/* Appends it, whole characters of it if that is all there is room for. */
void wording_add(struct buf *out, const char *text);

/* "59秒", "2小时5分": its two largest units, of hours at most. */
void wording_duration(struct buf *out, int64_t ms, bool en);

#endif
