/* scan_run.c - see scan_run.h */
#include "gateway/commands/scan_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/poll/verdict.h"

#define LINE_TRIES 3
#define LINE_WAIT_MS 1100 /* the driver tries a lost line each second */
#define PAUSE_MS 50 /* between two questions to one: some need it */
#define TRIES 2 /* of a question to one who is there */
#define CERTAIN 2 /* refusals that make one be there */
#define BABBLE_MIN 6 /* questions that say something of a line */
#define WITNESSES 3
#define PATIENT_MS 1500 /* for those who were late */
#define LAST_MS 700 /* for an answer that is late to the last question */

static const struct scan_place contacts[] = {
    {SPACE_HOLDING, 0, 1}, {SPACE_INPUT, 0, 1}};

#define CONTACTS (sizeof(contacts) / sizeof(contacts[0]))

/* ---- making one ---- */

struct scan *
scan_new(const struct scan_known *known)
{
	struct scan *s = must_alloc(1, sizeof(*s));

	s->known = known;
	s->wire.stop = &s->stop;
	s->places =
	    must_alloc(CONTACTS + known->place_count, sizeof(*s->places));
	for (size_t i = 0; i < CONTACTS; i++)
		s->places[s->place_count++] = contacts[i];
	for (size_t i = 0; i < known->place_count; i++)
		s->places[s->place_count++] = known->places[i];
	return s;
}

void
scan_free(struct scan *s)
{
	for (size_t i = 0; i < s->found_count; i++) {
		free(s->found[i].answers);
		free(s->found[i].fits);
	}
	free(s->found);
	free(s->places);
	free(s);
}

void
scan_prepare(struct scan *s)
{
	s->order = (struct scan_order){.question_count = s->place_count,
	    .setting_count = s->setting_count,
	    .unit_count = s->units.count};
}

int64_t
scan_left_ms(const struct scan *s)
{
	struct scan_cost cost = {
	    .open_ms = scan_wire_open_ms(&s->settings[0].line)};
	struct driver_request q = {
	    .unit = 1, .space = SPACE_HOLDING, .count = 1};

	if (cost.open_ms > 0)
		cost.open_ms += LAST_MS;
	for (size_t i = 0; i < s->setting_count; i++) {
		const struct driver_line *l = &s->settings[i].line;

		cost.ask_ms[i] = l->timeout_ms +
		    driver_for(l->scheme)->cost_us(l, &q) / 1000;
	}
	return scan_order_left_ms(&s->order, &cost);
}

bool
scan_complete(const struct scan *s)
{
	return s->stop == 0 && !s->lost;
}

bool
scan_failed(const struct scan *s)
{
	for (size_t i = 0; i < s->setting_count && !s->lost; i++)
		if (s->settings[i].worked)
			return false;
	return s->why[0] != '\0';
}

bool
scan_babbles(const struct scan_setting *t)
{
	return t->asked >= BABBLE_MIN && 4 * t->heard > 3 * t->asked;
}

/* ---- one question ---- */

static struct scan_setting *
setting_in_hand(struct scan *s)
{
	return &s->settings[s->order.setting];
}

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
	    setting_in_hand(s)->worked && --tries > 0)
		scan_wire_listen(&s->wire, LINE_WAIT_MS);
	if (verdict != DRIVER_BUS && verdict != DRIVER_HELD)
		setting_in_hand(s)->worked = true;
	return verdict;
}

/* A question that nobody answered, and whether anything was heard.  The driver
 * tells the latter of a timeout in its sentence alone. */
static void
note_silence(struct scan *s, size_t index, enum driver_verdict verdict)
{
	struct scan_setting *t = setting_in_hand(s);
	bool heard = verdict == DRIVER_CRC || verdict == DRIVER_BAD ||
	    verdict == DRIVER_NOISE ||
	    (verdict == DRIVER_TIMEOUT &&
		strstr(s->wire.why, "only other bytes") != NULL);

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
has_value(const struct scan_found *f)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].verdict == DRIVER_OK)
			return true;
	return false;
}

static bool
is_certain(const struct scan_found *f)
{
	return has_value(f) || f->answer_count >= CERTAIN;
}

static void
ask_more(struct scan *s, struct scan_found *f, const struct scan_place *place)
{
	enum driver_verdict verdict = DRIVER_TIMEOUT;
	struct driver_reply r = {0};

	for (int i = 0; i < TRIES && !is_word(verdict, &r); i++) {
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
		    (i >= CONTACTS || !has_value(f)))
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
meet(struct scan *s, size_t index, const struct scan_place *place,
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
	note_silence(s, index, DRIVER_BAD); /* a word that it did not repeat */
}

/* Those whose answer came when it was not waited for any more. */
static void
find_late(struct scan *s)
{
	for (size_t i = 0; i < s->units.count; i++) {
		struct scan_found f = {
		    .unit = s->units.units[i], .index = i, .late = true};

		if (s->silent_ms[i] == 0 || s->order.there[i] ||
		    !scan_wire_late(&s->wire, f.unit, s->silent_ms[i]))
			continue;
		add_found(s, &f);
	}
}

/* ---- the line ---- */

static void
close_line(struct scan *s)
{
	if (s->wire.link == NULL)
		return;
	if (s->wire.held_ms > 0 && !s->lost) {
		scan_wire_listen(&s->wire, LAST_MS);
		find_late(s);
	}
	scan_wire_close(&s->wire);
	memset(s->silent_ms, 0, sizeof(s->silent_ms));
}

static void
keep_why(struct scan *s, char why[256])
{
	if (why[0] == '\0')
		memcpy(why, s->wire.why, sizeof(s->wire.why));
}

/* It cannot be opened, or not as it should be set: others may be. */
static void
drop_setting(struct scan *s)
{
	keep_why(s, s->why);
	keep_why(s, setting_in_hand(s)->why);
	s->order.dropped[s->order.setting] = true;
	close_line(s);
}

static bool
is_open(struct scan *s)
{
	const struct driver_line *line = &setting_in_hand(s)->line;

	if (s->wire.link != NULL && s->wire.line == line)
		return true;
	close_line(s); /* which may find one who is late, and go back */
	s->setting = s->order.setting;
	return scan_wire_open(&s->wire, &setting_in_hand(s)->line);
}

/* ---- all of it ---- */

static void
ask_unit(struct scan *s, size_t index, const struct scan_place *place)
{
	struct driver_reply r = {0};
	enum driver_verdict verdict = ask(s, s->units.units[index], place, &r);

	if (verdict == DRIVER_HELD)
		return;
	if (verdict == DRIVER_BUS && setting_in_hand(s)->worked) {
		s->lost = true;
		memcpy(s->why, s->wire.why, sizeof(s->why));
	} else if (verdict == DRIVER_BUS) {
		drop_setting(s);
	} else if (is_word(verdict, &r)) {
		meet(s, index, place, verdict, &r);
	} else {
		note_silence(s, index, verdict);
	}
}

/* A connection's end that does not look at the unit answers those that nobody
 * has, too.  (That a line has each of its 247 units nobody has seen.) */
static bool
answers_witnesses(struct scan *s)
{
	struct driver_reply r;
	size_t found = 0, asked = 0;

	for (unsigned unit = 247; unit > 0 && asked < WITNESSES; unit--) {
		if (memchr(s->units.units, (int)unit, s->units.count) != NULL)
			continue;
		asked++;
		found += is_word(
		    ask(s, (uint8_t)unit, &s->found[0].answers[0].place, &r),
		    &r);
	}
	return found == asked && asked + s->units.count > WITNESSES;
}

static void
look_for_same(struct scan *s)
{
	if (setting_in_hand(s)->line.baud == 0 && s->found_count > 1 &&
	    s->found_count == s->units.count && scan_complete(s))
		s->same = answers_witnesses(s);
}

/* Who was late is asked once more, with time. */
static void
ask_late(struct scan *s)
{
	struct driver_line line = s->settings[s->setting].line;

	line.timeout_ms = PATIENT_MS;
	for (size_t i = 0; i < s->found_count && !s->stop; i++) {
		struct scan_found *f = &s->found[i];

		if (!f->late)
			continue;
		s->patient = true;
		if (s->wire.link == NULL && !scan_wire_open(&s->wire, &line))
			return;
		for (size_t k = 0; k < s->place_count; k++)
			if (k >= CONTACTS || !has_value(f))
				ask_more(s, f, &s->places[k]);
		add_fits(s->known, f);
	}
	scan_wire_close(&s->wire);
}

static int
by_unit(const void *pa, const void *pb)
{
	const struct scan_found *a = pa, *b = pb;

	return a->unit - b->unit;
}

void
scan_run(struct scan *s, void (*progress)(const struct scan *s))
{
	while (!s->stop && !s->lost && scan_order_next(&s->order)) {
		if (progress != NULL)
			progress(s);
		if (!is_open(s)) {
			drop_setting(s);
			continue;
		}
		ask_unit(s, s->order.unit, &s->places[s->order.question]);
		if (s->wire.link != NULL)
			find_late(s);
	}
	if (s->wire.link != NULL)
		look_for_same(s);
	close_line(s);
	if (!s->lost)
		ask_late(s);
	if (s->found_count > 0)
		qsort(s->found, s->found_count, sizeof(*s->found), by_unit);
}
