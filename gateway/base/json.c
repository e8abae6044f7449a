/*
 * json.c - writes one JSON document into a buf
 *
 * The shape is asserted (a key only in an object, a value there only after its
 * key, as many ends as beginnings), for it is our own code; the contents are
 * made valid, for they come from devices and files.
 *
 * Digits: printf and strtod try precisions until the text reads back, which
 * takes half a microsecond; floats of usual size, and decimals, are found by
 * arithmetic that comes to the same text.  Nobody calls setlocale, so the
 * decimal point is one.
 */
#include "gateway/base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

#define DIGITS_SIZE 32 /* bytes; -1.2345678901234567e-308 and a NUL fit */
#define PLAIN_FROM 1e-4 /* printf gives smaller ones an exponent */
#define PLAIN_BELOW 1e15 /* whole numbers below have no exponent */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void
comma(struct json *j)
{
	if (j->any[j->depth])
		buf_char(j->out, ',');
	j->any[j->depth] = true;
}

/* A value is about to be written. */
static void
begin_value(struct json *j)
{
	if (j->pending_key) {
		j->pending_key = false;
		return;
	}
	assert(j->depth == 0 ? !j->any[0] : j->close[j->depth] == ']');
	comma(j);
}

static void
begin_nest(struct json *j, char open, char close)
{
	begin_value(j);
	assert(j->depth < JSON_DEPTH_MAX);
	j->depth++;
	j->any[j->depth] = false;
	j->close[j->depth] = close;
	buf_char(j->out, open);
}

static void
add_escaped(struct buf *out, char c)
{
	switch (c) {
	case '"': buf_puts(out, "\\\""); break;
	case '\\': buf_puts(out, "\\\\"); break;
	case '\n': buf_puts(out, "\\n"); break;
	case '\r': buf_puts(out, "\\r"); break;
	case '\t': buf_puts(out, "\\t"); break;
	default: buf_printf(out, "\\u%04x", (unsigned)c); break;
	}
}

static bool
must_escape(char c)
{
	return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

/* As most characters are, above all those of the keys. */
static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && !must_escape(c);
}

/* Text that may stand as it is goes out in runs; a run ends at what must be
 * replaced. */
static void
add_mixed(struct buf *out, const char *text)
{
	const char *run = text, *end = text + strlen(text);

	while (text < end) {
		size_t n = utf8_char(text, (size_t)(end - text));

		if (n > 0 && !must_escape(*text)) {
			text += n;
			continue;
		}
		buf_add(out, run, (size_t)(text - run));
		if (n == 0)
			buf_puts(out, REPLACEMENT);
		else
			add_escaped(out, *text);
		run = ++text;
	}
	buf_add(out, run, (size_t)(end - run));
}

static void
add_text(struct buf *out, const char *text)
{
	size_t plain = 0;
	char *at;

	while (is_plain(text[plain]))
		plain++;
	if (text[plain] != '\0') {
		buf_char(out, '"');
		add_mixed(out, text);
		buf_char(out, '"');
	} else if ((at = buf_room(out, plain + 2)) != NULL) {
		at[0] = '"';
		memcpy(at + 1, text, plain);
		memcpy(at + 1 + plain, "\"", 2);
		out->len += plain + 2;
	}
}

static void
add_literal(struct json *j, const char *text)
{
	begin_value(j);
	buf_puts(j->out, text);
}

void
json_open(struct json *j)
{
	begin_nest(j, '{', '}');
}

void
json_list(struct json *j)
{
	begin_nest(j, '[', ']');
}

void
json_end(struct json *j)
{
	assert(j->depth > 0 && !j->pending_key);
	buf_char(j->out, j->close[j->depth]);
	j->depth--;
}

void
json_key(struct json *j, const char *key)
{
	assert(j->depth > 0 && j->close[j->depth] == '}' && !j->pending_key);
	comma(j);
	add_text(j->out, key);
	buf_char(j->out, ':');
	j->pending_key = true;
}

void
json_text(struct json *j, const char *text)
{
	if (text == NULL) {
		json_none(j);
		return;
	}
	begin_value(j);
	add_text(j->out, text);
}

void
json_bool(struct json *j, bool value)
{
	add_literal(j, value ? "true" : "false");
}

void
json_none(struct json *j)
{
	add_literal(j, "null");
}

/* Most of what is written is such numbers: printf took a third of the time. */
static void
add_whole(struct json *j, bool minus, uint64_t value)
{
	char text[21]; /* 2^64 and a sign */
	size_t at = sizeof(text);
	char *to;

	do
		text[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	if (minus)
		text[--at] = '-';
	begin_value(j);
	to = buf_room(j->out, sizeof(text) - at);
	if (to == NULL)
		return;
	j->out->len += sizeof(text) - at;
	while (at < sizeof(text))
		*to++ = text[at++];
	*to = '\0';
}

void
json_i64(struct json *j, int64_t value)
{
	add_whole(j, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void
json_u64(struct json *j, uint64_t value)
{
	add_whole(j, false, value);
}

void
json_key_string(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, text);
}

void
json_key_given(struct json *j, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_key_string(j, key, text);
}

void
json_key_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

void
json_key_i64(struct json *j, const char *key, int64_t value)
{
	json_key(j, key);
	json_i64(j, value);
}

void
json_f64(struct json *j, double value)
{
	char text[DIGITS_SIZE];

	json_digits_f64(text, value);
	add_literal(j, text);
}

void
json_f32(struct json *j, float value)
{
	char text[DIGITS_SIZE];

	json_digits_f32(text, value);
	add_literal(j, text);
}

static void
print_digits(char text[DIGITS_SIZE], int precision, double value)
{
	int len = snprintf(text, DIGITS_SIZE, "%.*g", precision, value);

	assert(len > 0 && len < DIGITS_SIZE);
}

/* Not finite has no digits in JSON, and -0 would only astonish. */
static bool
print_special(char text[DIGITS_SIZE], double value)
{
	if (isfinite(value) && value != 0)
		return false;
	strcpy(text, value == 0 ? "0" : "null");
	return true;
}

/* Those of a double, without rounding. */
static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

/* digits x 10^-places, without zeros at the end. */
static void
print_decimal(
    char text[DIGITS_SIZE], bool minus, uint64_t digits, unsigned places)
{
	char room[DIGITS_SIZE], *at = room + sizeof(room);

	for (; places > 0 && digits % 10 == 0; places--)
		digits /= 10;
	*--at = '\0';
	for (unsigned n = 0; digits > 0 || n <= places; n++) {
		if (n == places && n > 0)
			*--at = '.';
		*--at = (char)('0' + digits % 10);
		digits /= 10;
	}
	if (minus)
		*--at = '-';
	memcpy(text, at, (size_t)(room + sizeof(room) - at));
}

/* Decimals of 15 digits at most, for each is the only such one near its double,
 * and printf would find it.  False where there is none, or an exponent. */
static bool
print_plain_f64(char text[DIGITS_SIZE], double value)
{
	double x = fabs(value), digits;

	if (x < PLAIN_FROM || x >= PLAIN_BELOW)
		return false;
	for (unsigned places = 0; x * tens[places] < PLAIN_BELOW; places++) {
		digits = rint(x * tens[places]); /* the quotient is the judge */
		if (digits / tens[places] != x)
			continue;
		print_decimal(text, value < 0, (uint64_t)digits, places);
		return true;
	}
	return false;
}

/* As printf would, from 6 digits to 9.  All but the quotient is exact: a float
 * has 24 bits, and the largest power needed, 5^12 x 2^12, has 28; and so long
 * ones are too far from the middle between two floats for the quotient's
 * rounding to matter. */
static bool
print_plain_f32(char text[DIGITS_SIZE], float value)
{
	double x = fabs((double)value), digits;
	unsigned places = 5;

	if (x < PLAIN_FROM || x >= 1e6)
		return false;
	for (unsigned n = 1; x >= tens[n]; n++)
		places--;
	for (unsigned n = 0; x * tens[n] < 1; n++)
		places++;
	for (unsigned most = places + 3; places <= most; places++) {
		digits = rint(x * tens[places]);
		if ((double)(float)(digits / tens[places]) != x)
			continue;
		print_decimal(text, value < 0, (uint64_t)digits, places);
		return true;
	}
	return false;
}

void
json_digits_f64(char text[DIGITS_SIZE], double value)
{
	/* 17 digits tell any two doubles apart.  Those below PLAIN_BELOW get
	 * no exponent from 15 up, as printf chooses it by the precision. */
	int precision = 15;

	if (print_special(text, value) || print_plain_f64(text, value))
		return;
	do
		print_digits(text, precision, value);
	while (strtod(text, NULL) != value && precision++ < 17);
}

void
json_digits_f32(char text[DIGITS_SIZE], float value)
{
	int precision = 6; /* 9 digits tell any two floats apart */
	double plain;

	if (print_special(text, (double)value) || print_plain_f32(text, value))
		return;
	do
		print_digits(text, precision, (double)value);
	while (strtof(text, NULL) != value && precision++ < 9);

	/* 1e+06 is the whole number 1000000, and so for all with fewer digits
	 * than a double has. */
	plain = strtod(text, NULL);
	if (strchr(text, 'e') != NULL && fabs(plain) >= 1 &&
	    fabs(plain) < PLAIN_BELOW)
		print_digits(text, 15, plain);
}
