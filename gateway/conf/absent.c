/*
 * absent.c - not_available: the raw values that mean there is none
 *
 *	[32767, ">240", "<-5", NaN, 0x8000]
 *
 * A value that the registers can never hold is a slip that would let the very
 * number through which it was to stop, 32768 for an i16 say: it is a mistake.
 *
 * Of a point with `bits` the field is compared.  Only bits that do not fit into
 * the field are those of the whole register, which then says of each of its
 * fields that there is none.
 */
#include "gateway/conf/absent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conf/place.h"
#include "gateway/conf/scalar.h"

#define VALUES_MAX 32
#define HEX_DIGITS "0123456789abcdefABCDEF"

static bool
is_float(const struct decode *d)
{
	return d->type == RAW_F32 || d->type == RAW_F64;
}

/* ---- the bits themselves ---- */

static uint64_t
most_of(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static bool
read_pattern(
    struct point_draft *d, const struct node *n, struct decode_absent *a)
{
	unsigned width = place_width(&d->point.decode);
	const char *digits = n->text + 2;
	size_t len = strspn(digits, HEX_DIGITS);

	*a = (struct decode_absent){.test = ABSENT_PATTERN};
	if (len == 0 || digits[len] != '\0') {
		draft_refuse(
		    d, n, "is no hexadecimal number; write one such as 0x8000");
		return false;
	}
	digits += strspn(digits, "0");
	for (const char *p = digits; *p; p++)
		a->pattern = a->pattern << 4 |
		    (uint64_t)(*p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10);
	if (a->pattern > most_of(place_bits(&d->point.decode)))
		a->test = ABSENT_PATTERN_WHOLE;
	if (strlen(digits) <= 16 && a->pattern <= most_of(width))
		return true;
	draft_refuse(d, n,
	    "can never be: there are %u bits; write at most 0x%llx", width,
	    (unsigned long long)most_of(width));
	return false;
}

/* ---- numbers ---- */

/* Whether it could be, and could not be too. */
static bool
occurs(uint8_t test, int64_t number, int64_t min, int64_t max)
{
	if (test == ABSENT_ABOVE)
		return number >= min && number < max;
	if (test == ABSENT_BELOW)
		return number > min && number <= max;
	return number >= min && number <= max;
}

/* 32768 is what some manuals call an i16's -32768. */
static void
refuse_number(
    struct point_draft *d, const struct node *n, uint8_t test, int64_t number)
{
	const struct decode *raw = &d->point.decode;
	unsigned bits = place_bits(raw);
	char range[PLACE_RANGE_TEXT];
	int64_t min, max;

	place_range(raw, &min, &max);
	place_range_text(raw, range);
	if (test == ABSENT_EQUAL && min < 0 && bits < 64 && number > max &&
	    number < INT64_C(1) << bits)
		draft_refuse(d, n, "can never be: %s; write %lld or 0x%llx",
		    range, (long long)(number - (INT64_C(1) << bits)),
		    (unsigned long long)number);
	else
		draft_refuse(d, n, "%s: %s; write one of these numbers",
		    (test == ABSENT_ABOVE && number < min) ||
			    (test == ABSENT_BELOW && number > max)
			? "would leave no value at all"
			: "can never be",
		    range);
}

/* Decimal digits that scalar_integer has no room for. */
static bool
is_long(const char *text)
{
	const char *digits = text + (*text == '-');

	return strlen(digits) > 18 && *digits != '0' &&
	    digits[strspn(digits, "0123456789")] == '\0';
}

/* 18446744073709551615 of a u64 can be; but only its bits can be written. */
static void
refuse_long(
    struct point_draft *d, const struct node *n, const char *text, uint8_t test)
{
	const struct decode *raw = &d->point.decode;
	bool minus = *text == '-';
	char range[PLACE_RANGE_TEXT];
	int64_t min, max;
	uint64_t bits;

	place_range(raw, &min, &max);
	errno = 0;
	bits = strtoull(text + minus, NULL, 10);
	if (errno || place_bits(raw) < 64 || (min < 0) != minus ||
	    (minus && bits != UINT64_C(1) << 63))
		draft_refuse(d, n,
		    "can never be: %s; write one of these numbers",
		    place_range_text(raw, range));
	else if (test == ABSENT_EQUAL)
		draft_refuse(d, n,
		    "is too long a number; write its bits, 0x%llx",
		    (unsigned long long)bits);
	else
		draft_refuse(d, n,
		    "compares with too long a number; write at most %lld",
		    (long long)INT64_MAX);
}

static void
refuse_compared(struct point_draft *d, const struct node *n, const char *text,
    const char *why)
{
	if (text == n->text)
		draft_refuse(d, n, "%s", why);
	else if (*text == '=')
		draft_refuse(d, n,
		    "compares with =; write > or < and a number, such as "
		    "\">240\"");
	else
		draft_refuse(d, n, "compares with what %s", why);
}

static bool
read_whole(struct point_draft *d, const struct node *n, const char *text,
    struct decode_absent *a)
{
	const char *why = scalar_integer(text, &a->whole);
	int64_t min, max;

	if (why && is_long(text)) {
		refuse_long(d, n, text, a->test);
		return false;
	}
	if (why) {
		refuse_compared(d, n, text, why);
		return false;
	}
	place_range(&d->point.decode, &min, &max);
	if (occurs(a->test, a->whole, min, max))
		return true;
	refuse_number(d, n, a->test, a->whole);
	return false;
}

/* As the device's float has it: 0.1 is the float nearest to it. */
static bool
read_float(struct point_draft *d, const struct node *n, const char *text,
    struct decode_absent *a)
{
	const char *why = scalar_number(text, &a->number);

	if (why)
		refuse_compared(d, n, text, why);
	if (d->point.decode.type == RAW_F32)
		a->number = (double)(float)a->number;
	return why == NULL;
}

/* "> 5" */
static bool
is_tight(struct point_draft *d, const struct node *n)
{
	const char *number = n->text + 1 + strspn(n->text + 1, " \t");

	if (number == n->text + 1)
		return true;
	draft_refuse(
	    d, n, "has a blank in it; write \"%c%s\"", *n->text, number);
	return false;
}

static bool
read_number(
    struct point_draft *d, const struct node *n, struct decode_absent *a)
{
	const char *text = n->text;

	*a = (struct decode_absent){.test = *text == '>' ? ABSENT_ABOVE
		: *text == '<'				 ? ABSENT_BELOW
							 : ABSENT_EQUAL};
	if (a->test != ABSENT_EQUAL) {
		if (!is_tight(d, n))
			return false;
		text++;
	} else if (n->quoted) {
		draft_refuse(d, n,
		    "is a text, for it stands in quotes; write it without");
		return false;
	}
	return is_float(&d->point.decode) ? read_float(d, n, text, a)
					  : read_whole(d, n, text, a);
}

/* ---- all of them ---- */

/* .nan, as YAML has it, and whatever a manual calls it. */
static bool
is_nan(const char *text)
{
	return strcasecmp(text + (*text == '.'), "nan") == 0;
}

static bool
read_nan(struct point_draft *d, const struct node *n, struct decode_absent *a)
{
	*a = (struct decode_absent){.test = ABSENT_NAN};
	if (!is_float(&d->point.decode)) {
		draft_refuse(d, n,
		    "is only among floats, f32 and f64; write the number "
		    "or its bits, such as 0x8000");
		return false;
	}
	if (strcmp(n->text, "NaN") == 0)
		return true;
	draft_refuse(d, n, "is written NaN");
	return false;
}

static void
read_value(struct point_draft *d, const struct node *n, struct decode_absent *a,
    uint8_t *count)
{
	bool good;

	if (!walk_is(d->walk, n, NODE_TEXT))
		return;
	if (*n->text == '\0') {
		draft_refuse(d, n,
		    "has no value; write one such as 65535 or 0x8000, or drop "
		    "it");
		return;
	}
	if (strncmp(n->text, "0x", 2) == 0)
		good = read_pattern(d, n, a);
	else if (is_nan(n->text))
		good = read_nan(d, n, a);
	else
		good = read_number(d, n, a);
	*count = (uint8_t)(*count + good);
}

void
absent_read(struct point_draft *d)
{
	struct decode *raw = &d->point.decode;
	const struct node *n = d->absent;
	struct decode_absent *all;

	if (n == NULL)
		return;
	if (raw->type == RAW_ASCII) {
		draft_refuse_key(
		    d, n, "a text is compared with nothing; drop it");
		return;
	}
	if (n->kind == NODE_LIST && (n->count == 0 || n->count > VALUES_MAX)) {
		draft_refuse(d, n, "has %zu values; write 1 to %d", n->count,
		    VALUES_MAX);
		return;
	}
	all = arena_array(d->walk->memory, n->count + 1, sizeof(*all));
	if (n->kind != NODE_LIST)
		read_value(d, n, all, &raw->absent_count);
	else
		for (n = n->first; n; n = n->next)
			read_value(
			    d, n, &all[raw->absent_count], &raw->absent_count);
	raw->absent = all;
}
