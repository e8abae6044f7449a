/* identity.c - whether a device is the model that its profile is for */
#include "gateway/identity.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/conf/point.h"
#include "gateway/poll/verdict.h"

#define TEXT_MAX 96 /* of a number or a quoted text */

void
identity_forget(struct identity *id, const struct conf_device *d)
{
	id->state =
	    d->profile->identity.wanted ? IDENTITY_UNKNOWN : IDENTITY_RIGHT;
	id->silent = false;
}

static bool
is_right(const struct conf_identity *want, const struct value *v)
{
	double number = value_number(v);

	if (want->text == NULL)
		return number >= want->min && number <= want->max;
	return v->type == VALUE_TEXT &&
	    strncmp(v->text, want->text, strlen(want->text)) == 0;
}

static void
describe_answer(
    const struct value *v, bool refused, uint8_t exception, char text[TEXT_MAX])
{
	if (refused)
		snprintf(text, TEXT_MAX, "gives exception %u", exception);
	else if (v->type == VALUE_NONE)
		snprintf(text, TEXT_MAX, "says nothing readable");
	else if (v->type == VALUE_TEXT)
		snprintf(text, TEXT_MAX, "says \"%s\"", v->text);
	else
		snprintf(text, TEXT_MAX, "says %.15g", value_number(v));
}

static void
describe_want(const struct conf_identity *want, char text[TEXT_MAX])
{
	if (want->text != NULL)
		snprintf(text, TEXT_MAX, "\"%s...\"", want->text);
	else if (want->min == want->max)
		snprintf(text, TEXT_MAX, "%.15g", want->min);
	else
		snprintf(
		    text, TEXT_MAX, "%.15g to %.15g", want->min, want->max);
}

bool
identity_judge(const struct conf_profile *p, const uint16_t *words,
    uint8_t exception, char why[IDENTITY_WHY])
{
	const struct conf_identity *want = &p->identity;
	struct value v = {.type = VALUE_NONE};
	char said[TEXT_MAX], wanted[TEXT_MAX];

	if (words != NULL)
		decode_value(&want->decode, words, 0, &v);
	if (is_right(want, &v))
		return true;
	describe_answer(&v, words == NULL, exception, said);
	describe_want(want, wanted);
	snprintf(why, IDENTITY_WHY,
	    "register %s:%u %s where %s has %s: another model, or another "
	    "profile is needed",
	    point_spaces[want->space], want->address + p->address_base, said,
	    p->name, wanted);
	return false;
}

static void
tell(struct identity *id, const struct conf_device *d, const char *why)
{
	if (id->state == id->told)
		return;
	id->told = id->state;
	if (id->state == IDENTITY_WRONG)
		log_error("device %s: %s; its values are not used", d->id, why);
	else
		log_info("device %s: it is a %s; its values are used", d->id,
		    d->profile->name);
}

bool
identity_take(struct identity *id, const struct conf_device *d,
    const struct plan_request *q, const struct answer *a)
{
	bool refused = verdict_refuses(a->verdict, a->exception);
	uint8_t was = id->state;
	char why[IDENTITY_WHY];

	id->silent = a->verdict != DRIVER_OK && !refused;
	if (id->silent)
		return false;
	id->state = identity_judge(d->profile,
			refused ? NULL : a->words + q->lead, a->exception, why)
	    ? IDENTITY_RIGHT
	    : IDENTITY_WRONG;
	tell(id, d, why);
	return id->state != was;
}

void
identity_doubt(struct identity *id, const struct conf_device *d)
{
	const struct conf_profile *p = d->profile;

	if (!id->silent || id->told != IDENTITY_RIGHT)
		return;
	id->told = IDENTITY_UNKNOWN;
	log_warn(
	    "device %s: answers, but says nothing at register %s:%u, which "
	    "tells a %s; its values are not used until it does",
	    d->id, point_spaces[p->identity.space],
	    p->identity.address + p->address_base, p->name);
}
