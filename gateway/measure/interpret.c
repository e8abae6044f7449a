/*
 * interpret.c - see interpret.h
 *
 * What is likely is a rule of thumb, and only says what comes first: meters and
 * sensors show numbers between a millionth and a thousand million, counters of
 * 64 bits a thousand times more; chance seldom makes three letters.
 */
#include "gateway/measure/interpret.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LIKELY_MIN 1e-6
#define LIKELY_MAX 1e9
#define LIKELY_MAX_64 1e12
#define LIKELY_LETTERS 3

static const uint8_t types[] = {RAW_U16, RAW_I16, RAW_BCD16, RAW_U32, RAW_I32,
    RAW_F32, RAW_BCD32, RAW_U64, RAW_I64, RAW_F64, RAW_ASCII};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

_Static_assert(1 + TYPE_COUNT * 4 <= INTERPRET_MAX, "each in each order");

static struct decode
plain(uint8_t type, uint8_t order, size_t count)
{
	struct decode d = {.type = type,
	    .order = order,
	    .scale = {.mantissa = 1},
	    .form = type == RAW_ASCII ? FORM_TEXT : FORM_NUMBER};

	if (type == RAW_ASCII)
		d.text_len = (uint8_t)(2 * count < SAMPLE_TEXT_MAX
			? 2 * count
			: SAMPLE_TEXT_MAX - 1);
	return d;
}

static bool
is_float(uint8_t type)
{
	return type == RAW_F32 || type == RAW_F64;
}

static bool
number_likely(uint8_t type, double x)
{
	bool is_64 = type == RAW_U64 || type == RAW_I64;

	if (x == 0)
		return true;
	return fabs(x) <= (is_64 ? LIKELY_MAX_64 : LIKELY_MAX) &&
	    (!is_float(type) || fabs(x) >= LIKELY_MIN);
}

static bool
likely(uint8_t type, const struct value *v, size_t count)
{
	size_t letters;

	if (v->type == VALUE_NONE)
		return false;
	if (v->type != VALUE_TEXT)
		return number_likely(type, value_number(v));
	letters = strlen(v->text);
	return letters >= LIKELY_LETTERS || letters == 2 * count;
}

/* ---- which are one and the same ---- */

static unsigned
width(const struct interpretation *a)
{
	struct decode d = plain(a->type, a->order, 1);

	return a->type == RAW_ASCII ? 0 : decode_words(&d);
}

static bool
whole(const struct value *v, __int128 *n)
{
	*n = v->type == VALUE_I64 ? (__int128)v->i : (__int128)v->u;
	return v->type == VALUE_I64 || v->type == VALUE_U64;
}

static bool
same(const struct interpretation *a, const struct interpretation *b)
{
	__int128 m, n;

	if (width(a) != width(b))
		return false;
	if (whole(&a->value, &m) && whole(&b->value, &n))
		return m == n;
	if (a->value.type == b->value.type)
		return value_equal(&a->value, &b->value);
	return value_number(&a->value) == value_number(&b->value);
}

/* ---- all of them ---- */

struct found {
	size_t count;
	struct interpretation all[INTERPRET_MAX];
};

static void
try(struct found *f, const uint16_t *words, size_t count, uint8_t type,
    uint8_t order)
{
	struct interpretation *a = &f->all[f->count];
	struct decode d = plain(type, order, count);

	if (decode_words(&d) > count)
		return;
	*a = (struct interpretation){.type = type, .order = order};
	decode_value(&d, words, 0, &a->value);
	if (a->value.type == VALUE_NONE && !is_float(type))
		return;
	if (a->value.type == VALUE_TEXT && a->value.text[0] == '\0')
		return;
	a->unlikely = !likely(type, &a->value, count);
	if (f->count > 0 && f->all[0].own && f->all[0].type == type &&
	    f->all[0].order == order)
		return; /* it is there */
	f->count++;
}

static size_t
move(const struct found *f, struct interpretation *all, size_t count, bool own,
    bool unlikely)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->all[i].own == own &&
		    (own || f->all[i].unlikely == unlikely))
			all[count++] = f->all[i];
	return count;
}

size_t
interpret(const uint16_t *words, size_t count, const struct decode *own,
    struct interpretation all[INTERPRET_MAX])
{
	struct found f = {0};
	size_t moved;

	assert(own == NULL || own->type != RAW_BIT);
	if (count == 0)
		return 0;
	if (own != NULL)
		try(&f, words, count, own->type, own->order);
	if (f.count > 0)
		f.all[0].own = true;
	for (size_t i = 0; i < TYPE_COUNT; i++)
		for (uint8_t order = ORDER_ABCD; order <= ORDER_DCBA; order++)
			try(&f, words, count, types[i], order);
	moved = move(&f, all, 0, true, false);
	moved = move(&f, all, moved, false, false);
	moved = move(&f, all, moved, false, true);
	assert(moved == f.count);
	return moved;
}

size_t
interpret_fold(struct interpretation all[INTERPRET_MAX], size_t count)
{
	size_t kept = 0, k;

	for (size_t i = 0; i < count; i++) {
		for (k = 0; k < kept && !same(&all[k], &all[i]); k++)
			continue;
		if (k == kept)
			all[kept++] = all[i];
	}
	return kept;
}
