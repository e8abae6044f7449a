/* scan_meet.c - see scan_meet.h */
#include "gateway/commands/scan_meet.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/poll/verdict.h"

#define LINE_TRIES 3
#define LINE_WAIT_MS 1100 /* the driver tries a lost line each second */
#define PAUSE_MS 50 /* between two questions to one: some need it */
#define TRIES 2 /* of a question to one who is there */
#define CERTAIN 2 /* refusals that make one be there */
#define WITNESSES 3

/* ---- one question ---- */

/* That a line which worked is lost for a moment happens: a gateway hangs up, an
 * adapter has a loose plug. */
static enum driver_verdict
ask(struct scan *s, uint8_t unit, const struct scan_place *place,
    struct driver_reply *r)
{
	struct driver_request q = {.unit = unit,
	    .space = place->space,
	    .address = place->address,
	    .count = place->count};
	enum driver_verdict verdict;
	int tries = LINE_TRIES;

	while ((verdict = scan_wire_ask(&s->wire, &q, r)) == DRIVER_BUS &&
	    scan_setting(s)->worked && --tries > 0)
		scan_wire_listen(&s->wire, LINE_WAIT_MS);
	if (verdict != DRIVER_BUS && verdict != DRIVER_HELD)
		scan_setting(s)->worked = true;
	return verdict;
}

/* A question that nobody answered, and whether anything was heard. */
static void
note_silence(struct scan *s, size_t index, enum driver_verdict verdict,
    const struct driver_reply *r)
{
	struct scan_setting *t = scan_setting(s);
	bool heard = verdict == DRIVER_CRC || verdict == DRIVER_BAD ||
	    verdict == DRIVER_NOISE || (verdict == DRIVER_TIMEOUT && r->heard);

	t->asked++;
	t->heard += heard;
	s->asked[s->order.setting][index]++;
	s->heard[s->order.setting][index] += heard;
	if (verdict == DRIVER_NOISE || (heard && t->line.baud == 0))
		memcpy(t->why, s->wire.why, sizeof(t->why));
	if (verdict == DRIVER_TIMEOUT)
		s->silent_ms[index] = s->wire.asked_ms;
}

/* ---- somebody is there ---- */

static bool
is_word(enum driver_verdict verdict, const struct driver_reply *r)
{
	return verdict_is_answer(verdict, r->exception);
}

static void
add_answer(struct scan_found *f, const struct scan_place *place,
    enum driver_verdict verdict, const struct driver_reply *r)
{
	f->answers =
	    must_grow(f->answers, f->answer_count + 1, sizeof(*f->answers));
	f->answers[f->answer_count++] =
	    (struct scan_answer){*place, verdict, *r};
}

static bool
is_certain(const struct scan_found *f)
{
	return scan_has_value(f) || f->answer_count >= CERTAIN;
}

/* One that is busy says more when it is asked again. */
static bool
is_said(enum driver_verdict verdict, const struct driver_reply *r)
{
	return is_word(verdict, r) && !verdict_is_busy(verdict, r->exception);
}

static void
ask_more(struct scan *s, struct scan_found *f, const struct scan_place *place)
{
	enum driver_verdict verdict = DRIVER_TIMEOUT;
	struct driver_reply r = {0};

	for (int i = 0; i < TRIES && !is_said(verdict, &r); i++) {
		scan_wire_listen(&s->wire, PAUSE_MS);
		verdict = ask(s, f->unit, place, &r);
		if (verdict == DRIVER_HELD || verdict == DRIVER_BUS)
			return;
	}
	if (is_word(verdict, &r))
		add_answer(f, place, verdict, &r);
}

/* What stands where known models say who they are; of one that refused the
 * first question also the others, for somebody wants to see a value. */
static void
ask_rest(struct scan *s, struct scan_found *f)
{
	struct scan_place first = f->answers[0].place;

	for (size_t i = 0; i < s->place_count; i++) {
		const struct scan_place *p = &s->places[i];

		if (!scan_place_same(p, &first) &&
		    (i >= SCAN_CONTACTS || !scan_has_value(f)))
			ask_more(s, f, p);
	}
	if (!is_certain(f))
		ask_more(s, f, &first);
}

static bool
fits(const struct scan_found *f, const struct conf_profile *p)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].verdict == DRIVER_OK &&
		    scan_known_fits(
			p, &f->answers[i].place, &f->answers[i].reply))
			return true;
	return false;
}

static void
add_fits(const struct scan_known *k, struct scan_found *f)
{
	f->fits = must_alloc(k->profile_count, sizeof(const void *));
	for (size_t i = 0; i < k->profile_count; i++)
		if (fits(f, k->profiles[i]))
			f->fits[f->fit_count++] = k->profiles[i];
}

static void
add_found(struct scan *s, const struct scan_found *f)
{
	s->found = must_grow(s->found, s->found_count + 1, sizeof(*s->found));
	s->found[s->found_count++] = *f;
	s->order.there[f->index] = true;
	s->order.settled = true;
	s->order.setting = s->setting; /* of one who is late: gone back to */
}

static void
get_acquainted(struct scan *s, size_t index, const struct scan_place *place,
    enum driver_verdict verdict, const struct driver_reply *r)
{
	struct scan_found f = {.unit = s->units.units[index], .index = index};

	add_answer(&f, place, verdict, r);
	ask_rest(s, &f);
	if (is_certain(&f)) {
		add_fits(s->known, &f);
		add_found(s, &f);
		return;
	}
	free(f.answers);
	if (!s->stop) /* a word that it did not repeat */
		note_silence(s, index, DRIVER_BAD, r);
}

enum driver_verdict
scan_meet(struct scan *s, size_t index, const struct scan_place *place)
{
	struct driver_reply r = {0};
	enum driver_verdict verdict = ask(s, s->units.units[index], place, &r);

	if (is_word(verdict, &r))
		get_acquainted(s, index, place, verdict, &r);
	else if (verdict != DRIVER_HELD && verdict != DRIVER_BUS)
		note_silence(s, index, verdict, &r);
	return verdict;
}

void
scan_meet_late(struct scan *s)
{
	for (size_t i = 0; i < s->units.count; i++) {
		struct scan_found f = {
		    .unit = s->units.units[i], .index = i, .late = true};

		if (s->silent_ms[i] != 0 && !s->order.there[i] &&
		    scan_wire_late(&s->wire, f.unit, s->silent_ms[i]))
			add_found(s, &f);
	}
}

void
scan_meet_again(struct scan *s, struct scan_found *f)
{
	for (size_t i = 0; i < s->place_count; i++)
		if (i >= SCAN_CONTACTS || !scan_has_value(f))
			ask_more(s, f, &s->places[i]);
	add_fits(s->known, f);
}

bool
scan_meet_nobody(struct scan *s)
{
	const struct scan_place *place = &s->found[0].answers[0].place;
	struct driver_reply r;
	size_t found = 0, asked = 0;

	for (unsigned unit = 247; unit > 0 && asked < WITNESSES; unit--) {
		if (memchr(s->units.units, (int)unit, s->units.count) != NULL)
			continue;
		asked++;
		found += is_word(ask(s, (uint8_t)unit, place, &r), &r);
	}
	return found == asked && asked + s->units.count > WITNESSES;
}
