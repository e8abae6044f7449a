/*
 * scalar.c - one value of a configuration, judged from its text
 *
 * By hand and not with strtol: that takes blanks, signs, octal and trailing
 * rubbish, and each of them has made a wrong register address somewhere.
 */
#include "gateway/conf/scalar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define HEX_DIGITS "0123456789abcdefABCDEF"
#define NOT_INTEGER                                                            \
	"is not an integer; write a decimal number such as 12, or a "          \
	"hexadecimal one such as 0x0c"
#define NOT_NUMBER "is not a number; write one such as 12, -0.5 or 0.001"
#define NOT_TIME "is not a time; write one such as 200ms, 5s or 15m"
#define NOT_SIZE "is not a size; write one such as 64KiB, 4MiB or 2GiB"
#define LEADING_ZERO "has a leading zero, which some read as octal; drop it"
#define TOO_LARGE "is too large to be meant"

struct measure {
	const char *unit;
	int64_t factor;
};

/* The smallest first. */
static const struct measure durations[] = {
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 3600 * 1000},
    {"d", 24 * 3600 * 1000},
    {NULL, 0},
};

static const struct measure sizes[] = {
    {"KiB", INT64_C(1) << 10},
    {"MiB", INT64_C(1) << 20},
    {"GiB", INT64_C(1) << 30},
    {NULL, 0},
};

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

/* text is len digits of the base.  Returns false if they overflow. */
static bool
add_digits(const char *text, size_t len, int base, uint64_t *sum)
{
	for (size_t i = 0; i < len; i++) {
		if (__builtin_mul_overflow(*sum, (uint64_t)base, sum) ||
		    __builtin_add_overflow(
			*sum, (uint64_t)digit_value(text[i]), sum))
			return false;
	}
	return true;
}

static bool
leading_zero(const char *digits, size_t len)
{
	return len > 1 && digits[0] == '0';
}

const char *
scalar_integer(const char *text, int64_t *out)
{
	bool minus = *text == '-';
	const char *digits = text + minus;
	bool hex = strncmp(digits, "0x", 2) == 0;
	size_t len = strspn(digits += 2 * hex, hex ? HEX_DIGITS : DIGITS);
	uint64_t sum = 0;

	if (len == 0 || digits[len] != '\0')
		return NOT_INTEGER;
	if (!hex && leading_zero(digits, len))
		return LEADING_ZERO;
	if (!add_digits(digits, len, hex ? 16 : 10, &sum) ||
	    sum > (uint64_t)INT64_MAX)
		return TOO_LARGE;
	*out = minus ? -(int64_t)sum : (int64_t)sum;
	return NULL;
}

const char *
scalar_decimal(const char *text, struct decimal *out)
{
	bool minus = *text == '-';
	const char *whole = text + minus, *part = "";
	size_t whole_len = strspn(whole, DIGITS), part_len = 0;
	uint64_t sum = 0;

	if (whole[whole_len] == '.') {
		part = whole + whole_len + 1;
		part_len = strspn(part, DIGITS);
		if (part_len == 0 || part[part_len] != '\0')
			return NOT_NUMBER;
	} else if (whole[whole_len] != '\0') {
		return NOT_NUMBER;
	}
	if (whole_len == 0)
		return NOT_NUMBER;
	if (leading_zero(whole, whole_len))
		return LEADING_ZERO;
	while (part_len > 0 && part[part_len - 1] == '0')
		part_len--; /* 1.0 is the whole number 1 */
	if ((*whole == '0' ? 0 : whole_len) + part_len > 18)
		return "has more than 18 digits; round it";
	add_digits(whole, whole_len, 10, &sum);
	add_digits(part, part_len, 10, &sum);
	out->mantissa = minus ? -(int64_t)sum : (int64_t)sum;
	out->places = (uint8_t)part_len;
	return NULL;
}

const char *
scalar_number(const char *text, double *out)
{
	struct decimal judged;
	const char *why = scalar_decimal(text, &judged);

	if (why == NULL)
		*out = strtod(text, NULL);
	return why;
}

const char *
scalar_bool(const char *text, bool *out)
{
	*out = strcmp(text, "true") == 0;
	if (*out || strcmp(text, "false") == 0)
		return NULL;
	return "is neither true nor false; write one of these two words";
}

static const char *
measured(const char *text, const struct measure *m, const char *no_such,
    int64_t *out)
{
	size_t len = strspn(text, DIGITS);
	uint64_t sum = 0;

	if (len == 0)
		return no_such;
	while (m->unit && strcmp(text + len, m->unit) != 0)
		m++;
	if (m->unit == NULL)
		return no_such;
	if (leading_zero(text, len))
		return LEADING_ZERO;
	if (!add_digits(text, len, 10, &sum) || sum > (uint64_t)INT64_MAX ||
	    __builtin_mul_overflow((int64_t)sum, m->factor, out))
		return TOO_LARGE;
	return NULL;
}

static bool
only_digits(const char *text)
{
	return *text != '\0' && text[strspn(text, DIGITS)] == '\0';
}

const char *
scalar_duration(const char *text, int64_t *ms)
{
	if (only_digits(text))
		return "has no unit; write a time such as 200ms, 5s or 15m";
	return measured(text, durations, NOT_TIME, ms);
}

const char *
scalar_size(const char *text, int64_t *bytes)
{
	if (only_digits(text))
		return "has no unit; write a size such as 64KiB, 4MiB or 2GiB";
	return measured(text, sizes, NOT_SIZE, bytes);
}

const char *
scalar_clock(const char *text, int64_t *minutes)
{
	int hour, minute;

	if (strlen(text) != strlen("00:00") || strspn(text, DIGITS) != 2 ||
	    text[2] != ':' || strspn(text + 3, DIGITS) != 2)
		return "is no time of day; write one such as 07:00 or 22:30";
	hour = 10 * digit_value(text[0]) + digit_value(text[1]);
	minute = 10 * digit_value(text[3]) + digit_value(text[4]);
	if (minute > 59 || 60 * hour + minute > 24 * 60)
		return "is no time of day; write 00:00 to 24:00";
	*minutes = 60 * hour + minute;
	return NULL;
}

const char *
scalar_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz" DIGITS "_-";

	if (*text == '\0' || *text == '_' || *text == '-' ||
	    text[strspn(text, allowed)] != '\0')
		return "is not a name; write small letters, digits, - and _, "
		       "beginning with a letter or digit";
	if (strlen(text) > SCALAR_NAME_MAX)
		return "is too long for a name; use at most 63 characters";
	return NULL;
}

const char *
scalar_path_name(const char *text)
{
	char part[SCALAR_NAME_MAX + 2];
	size_t len = strcspn(text, "/");
	const char *why;

	if (strlen(text) > 3 * SCALAR_NAME_MAX)
		return "is too long; use at most 189 characters";
	snprintf(part, sizeof(part), "%.*s", (int)len, text);
	why = scalar_name(part);
	if (why == NULL && text[len] == '/')
		return scalar_path_name(text + len + 1);
	return why && *part == '\0' ? "has an empty part; write names with "
				      "one / between them"
				    : why;
}

static const char *
measure_text(int64_t value, const struct measure *m, char text[24])
{
	while (m[1].unit && value != 0 && value % m[1].factor == 0)
		m++;
	snprintf(text, 24, "%lld%s", (long long)(value / m->factor), m->unit);
	return text;
}

const char *
scalar_duration_text(int64_t ms, char text[24])
{
	return measure_text(ms, durations, text);
}

const char *
scalar_size_text(int64_t bytes, char text[24])
{
	return measure_text(bytes, sizes, text);
}

const char *
scalar_clock_text(int64_t minutes, char text[24])
{
	snprintf(
	    text, 24, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
	return text;
}

const char *
scalar_decimal_text(struct decimal x, char text[SCALAR_DECIMAL_TEXT])
{
	uint64_t rest = (uint64_t)x.mantissa;
	char *p = text + SCALAR_DECIMAL_TEXT - 1;

	if (x.mantissa < 0)
		rest = -rest;
	*p = '\0';
	for (unsigned i = 0; i <= x.places || rest > 0; i++, rest /= 10) {
		if (i == x.places && i > 0)
			*--p = '.';
		*--p = (char)('0' + rest % 10);
	}
	if (x.mantissa < 0)
		*--p = '-';
	return p;
}
