/* scan_run.c - a line being scanned, from its first question to its last */
#include "gateway/commands/scan_meet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"

#define BABBLE_MIN 6 /* questions that say something of a line */
#define PATIENT_MS 1500 /* for those who were late */
#define LAST_MS 700 /* for an answer that is late to the last question */

/* ---- making one ---- */

struct scan *
scan_new(const struct scan_known *known)
{
	struct scan *s = must_alloc(1, sizeof(*s));

	s->known = known;
	s->wire.stop = &s->stop;
	s->places =
	    must_alloc(SCAN_CONTACTS + known->place_count, sizeof(*s->places));
	s->places[s->place_count++] = (struct scan_place){SPACE_HOLDING, 0, 1};
	s->places[s->place_count++] = (struct scan_place){SPACE_INPUT, 0, 1};
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

struct scan_setting *
scan_setting(struct scan *s)
{
	return &s->settings[s->order.setting];
}

bool
scan_babbles(const struct scan_setting *t)
{
	return t->asked >= BABBLE_MIN && 4 * t->heard > 3 * t->asked;
}

bool
scan_has_value(const struct scan_found *f)
{
	for (size_t i = 0; i < f->answer_count; i++)
		if (f->answers[i].verdict == DRIVER_OK)
			return true;
	return false;
}

/* ---- the line ---- */

static void
close_line(struct scan *s)
{
	if (s->wire.link == NULL)
		return;
	if (s->wire.held_ms > 0 && s->settings[s->setting].worked && !s->lost) {
		scan_wire_listen(&s->wire, LAST_MS);
		scan_meet_late(s);
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
	keep_why(s, scan_setting(s)->why);
	s->order.dropped[s->order.setting] = true;
	close_line(s);
}

static bool
is_open(struct scan *s)
{
	const struct driver_line *line = &scan_setting(s)->line;

	if (s->wire.link != NULL && s->wire.line == line)
		return true;
	close_line(s); /* which may find one who is late, and go back */
	s->setting = s->order.setting;
	return scan_wire_open(&s->wire, &scan_setting(s)->line);
}

/* ---- all of it ---- */

static void
ask_unit(struct scan *s, size_t index, const struct scan_place *place)
{
	if (scan_meet(s, index, place) != DRIVER_BUS)
		return;
	if (scan_setting(s)->worked) {
		s->lost = true;
		memcpy(s->why, s->wire.why, sizeof(s->why));
	} else {
		drop_setting(s);
	}
}

/* A connection's end that does not look at the unit answers for those that
 * nobody has, too.  (That a line has each of its 247 units nobody has seen.) */
static void
look_for_same(struct scan *s)
{
	if (scan_setting(s)->line.baud == 0 && s->found_count > 1 &&
	    s->found_count == s->units.count && scan_complete(s))
		s->same = scan_meet_nobody(s);
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
		scan_meet_again(s, f);
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
			scan_meet_late(s);
	}
	if (s->wire.link != NULL)
		look_for_same(s);
	close_line(s);
	if (!s->lost)
		ask_late(s);
	if (s->found_count > 0)
		qsort(s->found, s->found_count, sizeof(*s->found), by_unit);
}
