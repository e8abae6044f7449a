/*
 * survey_bus.c - one bus of a survey being asked
 *
 * In four rounds, each of which needs what the one before brought:
 *
 *	identities    which devices are what their profile says
 *	requests      those of the plan that bring a point
 *	points        of requests that were refused, each by itself
 *	more words    behind values whose type or order somebody looks for
 *
 * A device that is another model is asked on: its words are shown, and no
 * values, for what they would mean is not known.
 */
#include "gateway/commands/survey_bus.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/identity.h"
#include "gateway/poll/once.h"
#include "gateway/poll/verdict.h"

struct target {
	uint16_t device;
	size_t what; /* the request, the plan's part, or the point */
};

struct inquiry {
	struct survey *survey;
	const struct conf_bus *bus;
	struct plan *plan;
	struct survey_progress *progress;
	struct once *once;
	struct quality *barred; /* by device: not good, then no values */
	bool *refused; /* by request */
	size_t count; /* of the round */
	struct target *targets;
	struct once_question *questions;
	struct once_answer *answers;
};

typedef void use_function(
    struct inquiry *in, const struct target *t, const struct once_answer *a);

/* ---- what went wrong ---- */

/* Each sentence once. */
static void
note_why(struct survey_device *d, const char *why)
{
	size_t len = strlen(d->why);

	d->failed = true;
	if (strstr(d->why, why) == NULL)
		snprintf(d->why + len, sizeof(d->why) - len, "%s%s",
		    len > 0 ? "; " : "", why);
}

static void
fail_point(struct survey_device *d, size_t point, struct quality q)
{
	d->points[point].reading.quality = q;
	d->points[point].reading.value.type = VALUE_NONE;
}

/* The line cannot even be opened. */
static void
fail_bus(struct inquiry *in, const char *why)
{
	for (size_t i = 0; i < in->plan->request_count; i++) {
		const struct plan_request *q = &in->plan->requests[i];
		struct survey_device *d = &in->survey->devices[q->device];

		for (uint32_t k = 0; k < q->part_count; k++)
			fail_point(d, in->plan->parts[q->part_first + k].point,
			    verdict_quality(DRIVER_BUS, 0));
		if (d->wanted)
			note_why(d, why);
	}
}

/* ---- rounds ---- */

static void
add_question(struct inquiry *in, struct target t, uint8_t space,
    uint16_t address, uint16_t count)
{
	const struct conf_device *d = &in->survey->conf->devices[t.device];

	in->targets[in->count] = t;
	in->questions[in->count++] = (struct once_question){
	    .ask = {.unit = d->unit,
		.space = space,
		.address = address,
		.count = count},
	    .min_gap_ms = d->profile->min_gap_ms,
	};
}

static void
ask_round(struct inquiry *in, use_function *use)
{
	atomic_fetch_add(&in->progress->count, in->count);
	once_ask(in->once, in->questions, in->count, in->answers,
	    &in->progress->done);
	for (size_t i = 0; i < in->count; i++)
		use(in, &in->targets[i], &in->answers[i]);
	in->count = 0;
}

/* ---- identities ---- */

/* A model that has no such register is another one. */
static void
use_identity(
    struct inquiry *in, const struct target *t, const struct once_answer *a)
{
	const struct conf_profile *p =
	    in->survey->conf->devices[t->device].profile;
	bool refused = verdict_refuses(a->verdict, a->reply.exception);
	char why[IDENTITY_WHY];

	if (a->verdict != DRIVER_OK && !refused) {
		in->barred[t->device] =
		    verdict_quality(a->verdict, a->reply.exception);
		note_why(&in->survey->devices[t->device], a->why);
	} else if (!identity_judge(p, refused ? NULL : a->reply.words,
		       a->reply.exception, why)) {
		in->barred[t->device].code = QUALITY_BAD_IDENTITY;
		note_why(&in->survey->devices[t->device], why);
	}
}

static void
ask_identities(struct inquiry *in)
{
	for (size_t i = 0; i < in->plan->slot_count; i++) {
		uint16_t device = in->plan->slots[i].device;
		const struct conf_identity *id =
		    &in->survey->conf->devices[device].profile->identity;

		in->barred[device].code = QUALITY_GOOD;
		if (in->survey->devices[device].wanted && id->wanted)
			add_question(in, (struct target){device, 0}, id->space,
			    id->address, id->count);
	}
	ask_round(in, use_identity);
}

/* ---- requests ---- */

static bool
is_bit(const struct conf_point *p)
{
	return p->space == SPACE_COIL || p->space == SPACE_DISCRETE;
}

/* words: from the point's first register on, left of them. */
static void
see(const struct conf_point *p, struct survey_point *sp, const uint16_t *words,
    size_t left)
{
	size_t most = p->count > SURVEY_SEEN ? p->count : SURVEY_SEEN;

	sp->seen_count = (uint16_t)(left < most ? left : most);
	memcpy(sp->seen, words, sp->seen_count * sizeof(*words));
}

/* at: where in the reply, which is of count registers or bits, it is. */
static void
take_point(struct inquiry *in, uint16_t device, uint16_t point, uint16_t at,
    uint16_t count, const struct once_answer *a)
{
	const struct conf_point *p =
	    &in->survey->conf->devices[device].points[point];
	struct survey_point *sp = &in->survey->devices[device].points[point];
	struct reading *r = &sp->reading;
	const uint16_t *words = a->reply.words;

	assert(at + p->count <= count);
	sp->word_count = p->count;
	if (is_bit(p)) {
		sp->words[0] = words[at / 16] >> at % 16 & 1;
	} else {
		memcpy(sp->words, words + at, p->count * sizeof(*words));
		see(p, sp, words + at, (size_t)(count - at));
	}
	r->quality = in->barred[device];
	if (r->quality.code == QUALITY_GOOD)
		r->quality = decode_value(&p->decode, words, at, &r->value);
}

static void
use_request(
    struct inquiry *in, const struct target *t, const struct once_answer *a)
{
	const struct plan_request *q = &in->plan->requests[t->what];
	struct survey_device *d = &in->survey->devices[q->device];

	in->refused[t->what] = q->part_count > 1 &&
	    verdict_refuses(a->verdict, a->reply.exception);
	if (in->refused[t->what])
		return; /* one point may be the reason */
	for (uint32_t i = 0; i < q->part_count; i++) {
		const struct plan_part *part =
		    &in->plan->parts[q->part_first + i];

		if (!d->points[part->point].read)
			continue;
		if (a->verdict == DRIVER_OK)
			take_point(in, q->device, part->point, part->at,
			    q->ask.count, a);
		else
			fail_point(d, part->point,
			    verdict_quality(a->verdict, a->reply.exception));
	}
	if (a->verdict != DRIVER_OK)
		note_why(d, a->why);
}

static bool
brings_any(const struct inquiry *in, const struct plan_request *q)
{
	const struct survey_device *d = &in->survey->devices[q->device];

	for (uint32_t i = 0; i < q->part_count; i++)
		if (d->points[in->plan->parts[q->part_first + i].point].read)
			return true;
	return false;
}

static void
ask_requests(struct inquiry *in)
{
	for (size_t i = 0; i < in->plan->request_count; i++) {
		const struct plan_request *q = &in->plan->requests[i];

		if (brings_any(in, q))
			add_question(in, (struct target){q->device, i},
			    q->ask.space, q->ask.address, q->ask.count);
	}
	ask_round(in, use_request);
}

/* ---- points ---- */

static void
use_part(
    struct inquiry *in, const struct target *t, const struct once_answer *a)
{
	const struct plan_part *part = &in->plan->parts[t->what];
	struct survey_device *d = &in->survey->devices[t->device];

	if (a->verdict == DRIVER_OK) {
		take_point(in, t->device, part->point,
		    (uint16_t)(part->at - part->first), part->count, a);
		return;
	}
	fail_point(
	    d, part->point, verdict_quality(a->verdict, a->reply.exception));
	note_why(d, a->why);
}

/* A gateway that runs finds the same by halves (pieces.h); here one pass is all
 * there is. */
static void
ask_refused(struct inquiry *in)
{
	for (size_t i = 0; i < in->plan->request_count; i++) {
		const struct plan_request *q = &in->plan->requests[i];
		const struct survey_device *d = &in->survey->devices[q->device];

		for (uint32_t k = 0; in->refused[i] && k < q->part_count; k++) {
			size_t at = q->part_first + k;
			const struct plan_part *part = &in->plan->parts[at];

			if (d->points[part->point].read)
				add_question(in, (struct target){q->device, at},
				    q->ask.space,
				    (uint16_t)(q->ask.address + part->first),
				    part->count);
		}
	}
	ask_round(in, use_part);
}

/* ---- more words ---- */

static bool
lies_in_hole(const struct conf_profile *p, uint32_t first, uint32_t last)
{
	for (size_t i = 0; i < p->hole_count; i++)
		if (p->holes[i].first <= last && p->holes[i].last >= first)
			return true;
	return false;
}

static bool
may_see_more(const struct conf_profile *profile, const struct conf_point *p,
    const struct survey_point *sp)
{
	uint32_t last = (uint32_t)p->address + SURVEY_SEEN - 1;

	return sp->wanted && sp->word_count > 0 && !is_bit(p) &&
	    sp->seen_count < SURVEY_SEEN && profile->max_read >= SURVEY_SEEN &&
	    last <= UINT16_MAX && !lies_in_hole(profile, p->address, last);
}

/* One that refuses has not as many, and what it gave is what there is. */
static void
use_more(
    struct inquiry *in, const struct target *t, const struct once_answer *a)
{
	if (a->verdict == DRIVER_OK)
		see(&in->survey->conf->devices[t->device].points[t->what],
		    &in->survey->devices[t->device].points[t->what],
		    a->reply.words, a->reply.word_count);
}

static void
ask_more(struct inquiry *in)
{
	for (size_t i = 0; i < in->plan->slot_count; i++) {
		uint16_t device = in->plan->slots[i].device;
		const struct conf_device *d =
		    &in->survey->conf->devices[device];

		for (size_t k = 0; k < d->polled_count; k++)
			if (may_see_more(d->profile, &d->points[k],
				&in->survey->devices[device].points[k]))
				add_question(in, (struct target){device, k},
				    d->points[k].space, d->points[k].address,
				    SURVEY_SEEN);
	}
	ask_round(in, use_more);
}

/* ---- all of it ---- */

void
survey_bus_ask(struct survey *s, size_t bus, bool see_more,
    struct survey_progress *progress)
{
	struct inquiry in = {.survey = s,
	    .bus = &s->conf->buses[bus],
	    .plan = conf_plan(s->conf, bus),
	    .progress = progress};
	size_t room =
	    in.plan->slot_count + in.plan->request_count + in.plan->part_count;
	char why[256];

	in.barred = must_alloc(s->conf->device_count, sizeof(*in.barred));
	in.refused = must_alloc(in.plan->request_count, sizeof(*in.refused));
	in.targets = must_alloc(room, sizeof(*in.targets));
	in.questions = must_alloc(room, sizeof(*in.questions));
	in.answers = must_alloc(room, sizeof(*in.answers));
	in.once = once_open(in.bus->driver, &in.bus->line, why, sizeof(why));
	if (in.once == NULL) {
		fail_bus(&in, why);
	} else {
		ask_identities(&in);
		ask_requests(&in);
		ask_refused(&in);
		if (see_more)
			ask_more(&in);
	}
	once_close(in.once);
	plan_free(in.plan);
	free(in.barred);
	free(in.refused);
	free(in.targets);
	free(in.questions);
	free(in.answers);
}
