/*
 * sample.c - values, qualities and catalogs
 */
#include "gateway/measure/sample.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/arena.h"

bool
value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch ((enum value_type)a->type) {
	case VALUE_NONE: return true;
	case VALUE_F32:
	case VALUE_F64: return a->f == b->f;
	case VALUE_I64:
	case VALUE_ENUM: return a->i == b->i;
	case VALUE_U64:
	case VALUE_BOOL: return a->u == b->u;
	case VALUE_TEXT: return strcmp(a->text, b->text) == 0;
	}
	return false;
}

double
value_number(const struct value *v)
{
	switch ((enum value_type)v->type) {
	case VALUE_F32:
	case VALUE_F64: return v->f;
	case VALUE_I64:
	case VALUE_ENUM: return (double)v->i;
	case VALUE_U64:
	case VALUE_BOOL: return (double)v->u;
	case VALUE_TEXT:
	case VALUE_NONE: break;
	}
	return NAN;
}

const char *
quality_text(struct quality q, char text[QUALITY_TEXT_MAX])
{
	static const char *const texts[QUALITY_COUNT] = {
	    [QUALITY_NEVER] = "never",
	    [QUALITY_GOOD] = "good",
	    [QUALITY_UNCERTAIN_RANGE] = "uncertain:range",
	    [QUALITY_UNCERTAIN_CLOCK] = "uncertain:clock",
	    [QUALITY_BAD_TIMEOUT] = "bad:timeout",
	    [QUALITY_BAD_CRC] = "bad:crc",
	    [QUALITY_BAD_EXCEPTION] = "bad:exception",
	    [QUALITY_BAD_DECODE] = "bad:decode",
	    [QUALITY_BAD_NOT_AVAILABLE] = "bad:not_available",
	    [QUALITY_BAD_IDENTITY] = "bad:identity",
	    [QUALITY_BAD_BUS] = "bad:bus",
	    [QUALITY_STALE] = "stale",
	    [QUALITY_DISABLED] = "disabled",
	    [QUALITY_SIMULATED] = "simulated",
	};
	/* A code may come from a journal that a newer riser wrote. */
	const char *word = q.code < QUALITY_COUNT ? texts[q.code] : "bad:other";

	if (q.code == QUALITY_BAD_EXCEPTION)
		snprintf(text, QUALITY_TEXT_MAX, "%s-%u", word, q.detail);
	else
		snprintf(text, QUALITY_TEXT_MAX, "%s", word);
	return text;
}

struct catalog *
catalog_ref(struct catalog *c)
{
	int before = __atomic_fetch_add(&c->refs, 1, __ATOMIC_RELAXED);

	assert(before > 0);
	return c;
}

void
catalog_unref(struct catalog *c)
{
	int left;

	if (c == NULL)
		return;
	left = __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL);
	assert(left >= 0);
	if (left == 0)
		arena_free(c->memory);
}

int
catalog_find(const struct catalog *c, const char *device_id)
{
	for (int i = 0; i < c->device_count; i++)
		if (strcmp(c->devices[i].id, device_id) == 0)
			return i;
	return -1;
}

int
device_find(const struct device_info *d, const char *point)
{
	for (int i = 0; i < d->point_count; i++)
		if (strcmp(d->points[i].name, point) == 0)
			return i;
	return -1;
}

const struct point_info *
catalog_point(const struct catalog *c, const char *device_id, const char *point)
{
	int d = catalog_find(c, device_id);
	int p = d != -1 ? device_find(&c->devices[d], point) : -1;

	return p != -1 ? &c->devices[d].points[p] : NULL;
}

const char *
point_enum_name(const struct point_info *p, int64_t number)
{
	for (size_t i = 0; i < p->name_count; i++)
		if (p->names[i].number == number)
			return p->names[i].name;
	return NULL;
}

struct text
point_enum_text(const struct point_info *p, int64_t number)
{
	for (size_t i = 0; p->name_texts != NULL && i < p->name_count; i++)
		if (p->names[i].number == number)
			return p->name_texts[i];
	return (struct text){NULL, NULL};
}

bool
point_same(const struct device_info *a, const struct point_info *of_a,
    const struct device_info *b, const struct point_info *of_b)
{
	return a->definition == b->definition && of_a->form == of_b->form &&
	    of_a->definition == of_b->definition &&
	    strcmp(of_a->unit, of_b->unit) == 0;
}
