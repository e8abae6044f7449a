/*
 * fuzz_decode.c - any words, under any sound configuration, and what must hold
 *
 * An input is a configuration of 24 bytes, the 32 words, high byte first, and
 * more configuration; what is missing is 0.
 *
 *	0      type                     6..13  scale's mantissa
 *	1      order                    14     scale's places
 *	2      form                     15..22 offset's mantissa
 *	3      bits: low, 255: none     23     offset's places
 *	4      bits: how many
 *	5      text_len
 *	24..87 words
 *	88     absent: test, 0: none    89..96 absent: number or pattern
 *	97     states                   98     pow10, in word 30
 *	99     units, in word 31: how many
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "gateway/measure/decode.h"

#define WORDS_MAX 32
#define INPUT_BYTES 100
#define INPUT_MIN 24
#define POW10_WORD 30
#define UNIT_WORD 31

static const struct enum_name names[] = {{0, "off"}, {1, "on"}, {-1, "bad"}};
static const struct decode_state states[] = {
    {1, 0}, {0, 1}, {3, 1}, {-1, -1}, {INT64_MAX, 0}};
static const struct decode_unit units[] = {
    {0, {1, 0}, {0, 0}},
    {1, {555555555555555556, 18}, {-177777777777777778, 16}},
    {2, {INT64_MIN, 0}, {INT64_MAX, 18}},
    {0xffff, {INT64_MAX, 18}, {INT64_MIN, 0}},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t
big_endian(const uint8_t *bytes)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | bytes[i];
	return (int64_t)n;
}

static bool
is_float(const struct decode *d)
{
	return d->type == RAW_F32 || d->type == RAW_F64;
}

static void
read_bits(const uint8_t *data, struct decode *d)
{
	unsigned width = d->type == RAW_BIT ? 1 : 16 * decode_words(d);
	unsigned low = data[3] % width;

	if (data[3] == 255 || is_float(d) || d->type == RAW_ASCII)
		return;
	d->has_bits = true;
	d->bit_low = (uint8_t)low;
	d->bit_high = (uint8_t)(low + data[4] % (width - low));
}

/* What the device says of its own value. */
static void
read_beside(const uint8_t *data, struct decode *d, struct decode_absent *absent)
{
	bool is_number = d->form == FORM_NUMBER && d->type != RAW_BIT;

	if (d->type == RAW_ASCII)
		return;
	absent->test = (uint8_t)((data[88] + 4) % (ABSENT_PATTERN_WHOLE + 1));
	absent->whole = big_endian(data + 89);
	absent->pattern = (uint64_t)absent->whole;
	memcpy(&absent->number, &absent->pattern, sizeof(absent->number));
	d->absent = absent;
	d->absent_count = data[88] != 0;
	if (d->form == FORM_ENUM && data[97] != 0) {
		d->states = states;
		d->state_count = COUNT(states);
	}
	d->has_pow10 = is_number && data[98] != 0;
	d->pow10_at = POW10_WORD;
	d->unit_count = is_number ? data[99] % (COUNT(units) + 1) : 0;
	d->unit_at = UNIT_WORD;
	d->units = units;
}

static struct decode
read_conf(const uint8_t *data, struct decode_absent *absent)
{
	struct decode d = {
	    .type = data[0] % (RAW_ASCII + 1),
	    .order = data[1] % (ORDER_DCBA + 1),
	    .form = data[2] % FORM_TEXT,
	    .text_len = (uint8_t)(1 + data[5] % (SAMPLE_TEXT_MAX - 1)),
	    .scale = {big_endian(data + 6), data[14] % 19},
	    .offset = {big_endian(data + 15), data[23] % 19},
	    .has_valid = data[2] & 0x80,
	    .valid_max = 600,
	    .names = names,
	    .name_count = COUNT(names),
	};

	if (d.scale.mantissa == 0)
		d.scale.mantissa = 1;
	if (d.type == RAW_ASCII)
		d.form = FORM_TEXT;
	read_bits(data, &d);
	read_beside(data, &d, absent);
	return d;
}

static void
check_text(const struct decode *d, const char *text)
{
	size_t len = strnlen(text, SAMPLE_TEXT_MAX);

	assert(len <= d->text_len && len < SAMPLE_TEXT_MAX);
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= ' ' && text[i] <= '~');
	assert(len == 0 || text[len - 1] != ' ');
}

static void
check_value(const struct decode *d, const struct value *v)
{
	switch ((enum value_type)v->type) {
	case VALUE_NONE: assert(v->type != VALUE_NONE); break;
	case VALUE_F32:
		assert(d->type == RAW_F32 && (double)(float)v->f == v->f);
		assert(isfinite(v->f));
		break;
	case VALUE_F64: assert(isfinite(v->f)); break;
	case VALUE_I64:
	case VALUE_U64: assert(d->form == FORM_NUMBER); break;
	case VALUE_BOOL: assert(d->form == FORM_BOOL && v->u <= 1); break;
	case VALUE_ENUM:
		assert(d->form == FORM_ENUM && v->i >= -1 && v->i <= 1);
		break;
	case VALUE_TEXT: check_text(d, v->text); break;
	}
}

/* A number as the device sent it: what a double carries must come back. */
static bool
is_plain(const struct decode *d, const struct value *v)
{
	return d->form == FORM_NUMBER && !d->has_bits && !d->has_pow10 &&
	    d->unit_count == 0 && d->absent_count == 0 &&
	    d->scale.mantissa == 1 && d->scale.places == 0 &&
	    d->offset.mantissa == 0 &&
	    (is_float(d) || fabs(value_number(v)) < 0x1p53);
}

static void
check_way_back(
    const struct decode *d, const struct value *v, uint16_t words[WORDS_MAX])
{
	struct value again;

	if (v->type == VALUE_TEXT)
		decode_reverse_text(d, v->text, words, 0);
	else
		decode_reverse(d, value_number(v), words, 0);
	if (v->type != VALUE_TEXT && !is_plain(d, v))
		return;
	decode_value(d, words, 0, &again);
	assert(value_equal(v, &again));
}

/* Only the number that means none is lost by there being one. */
static void
check_absent(const struct decode *d, const uint16_t *words, struct quality q,
    const struct value *v)
{
	struct decode without = *d;
	struct quality r;
	struct value w;

	without.absent_count = 0;
	r = decode_value(&without, words, 0, &w);
	assert(r.code != QUALITY_BAD_NOT_AVAILABLE);
	assert(q.code == QUALITY_BAD_NOT_AVAILABLE ||
	    (quality_equal(q, r) && value_equal(v, &w)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t input[INPUT_BYTES] = {0};
	uint16_t words[WORDS_MAX];
	struct decode_absent absent;
	struct decode d;
	struct quality q;
	struct value v;

	if (size < INPUT_MIN || size > INPUT_BYTES)
		return 0;
	memcpy(input, data, size);
	d = read_conf(input, &absent);
	for (size_t i = 0; i < WORDS_MAX; i++)
		words[i] = (uint16_t)(input[INPUT_MIN + 2 * i] << 8 |
		    input[INPUT_MIN + 2 * i + 1]);
	q = decode_value(&d, words, 0, &v);
	check_absent(&d, words, q, &v);
	if (!quality_has_value(q)) {
		assert(q.code == QUALITY_BAD_DECODE ||
		    q.code == QUALITY_BAD_NOT_AVAILABLE);
		assert(v.type == VALUE_NONE);
		return 0;
	}
	check_value(&d, &v);
	check_way_back(&d, &v, words);
	return 0;
}
