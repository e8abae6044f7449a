/* test_scan_run.c - who is taken to be there, with a driver that says what the
 * test wants */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/commands/scan_run.h"
#include "tests/suite.h"

#define HOLD_MS 2000 /* of a serial line */

/* ---- the driver ---- */

/* By unit, what its questions bring one after the other; the last for ever.
 * NULL is silence.  v a value, t silence, g other bytes, c wrong CRC, b line
 * lost, r refused, w the gateway's word that nobody is there, l an answer that
 * is late, n not silent. */
static const char *scripts[256];
static size_t said[256];
static int64_t held_until_ms[256], hold_ms;
static char asked[2048]; /* "1:h0 " for each question */
static bool no_parity; /* the port cannot be set to E */
static int stop_after; /* questions; 0: never */
static struct scan *scan;

struct driver_link {
	struct driver_line line;
	char why[64];
};

static struct driver_link *
fake_open(const struct driver_line *line, char *why, size_t why_size)
{
	struct driver_link *l = must_alloc(1, sizeof(*l));

	(void)why, (void)why_size;
	l->line = *line;
	return l;
}

static void
fake_close(struct driver_link *l)
{
	free(l);
}

static char
next_of(const struct driver_link *l, uint8_t unit)
{
	const char *script = scripts[unit] != NULL ? scripts[unit] : "t";
	size_t last = strlen(script) - 1, at = said[unit]++;

	if (no_parity && l->line.parity == 'E')
		return 'b';
	return script[at < last ? at : last];
}

static enum driver_verdict
silence(const struct driver_request *q)
{
	held_until_ms[q->unit] = clock_mono_ms() + hold_ms;
	return DRIVER_TIMEOUT;
}

static enum driver_verdict
fake_ask(struct driver_link *l, const struct driver_request *q,
    struct driver_reply *r)
{
	size_t len = strlen(asked);

	snprintf(asked + len, sizeof(asked) - len, "%u:%c%u%s ", q->unit,
	    q->space == SPACE_HOLDING ? 'h' : 'i', q->address,
	    l->line.parity == 'E' ? "E" : "");
	if (stop_after > 0 && --stop_after == 0)
		scan->stop = 1;
	snprintf(l->why, sizeof(l->why), "unit %u: not a byte", q->unit);
	*r = (struct driver_reply){.word_count = 1, .words = {q->address}};
	switch (next_of(l, q->unit)) {
	case 'v': return DRIVER_OK;
	case 'g': r->heard = true; return silence(q);
	case 'c': return DRIVER_CRC;
	case 'b': snprintf(l->why, sizeof(l->why), "gone"); return DRIVER_BUS;
	case 'n':
		snprintf(l->why, sizeof(l->why), "not silent");
		return DRIVER_NOISE;
	case 'r': r->exception = 2; return DRIVER_EXCEPTION;
	case 'w': r->exception = 11; return DRIVER_EXCEPTION;
	case 'l': return DRIVER_TIMEOUT; /* it was seen at once */
	default: return silence(q);
	}
}

static int64_t
fake_ready_at(const struct driver_link *l, uint8_t unit)
{
	int64_t at = held_until_ms[unit];

	(void)l;
	return at > clock_mono_ms() ? at : 0;
}

static void
fake_listen(struct driver_link *l, int64_t until_ms)
{
	(void)l;
	clock_sleep_until_us(until_ms * 1000);
}

static const char *
fake_why(const struct driver_link *l)
{
	return l->why;
}

static int64_t
fake_cost_us(const struct driver_line *line, const struct driver_request *q)
{
	(void)line, (void)q;
	return 1000;
}

static const char *const schemes[] = {"rtu", "tcp", NULL};
static const struct driver fake = {.name = "fake",
    .schemes = schemes,
    .open = fake_open,
    .close = fake_close,
    .ask = fake_ask,
    .ready_at = fake_ready_at,
    .listen = fake_listen,
    .why = fake_why,
    .cost_us = fake_cost_us};

const struct driver *const drivers[] = {&fake, NULL};

/* ---- the line ---- */

static struct scan_place places[] = {{SPACE_HOLDING, 89, 1}};
static struct scan_known known;

static void
setup(void)
{
	memset(scripts, 0, sizeof(scripts));
	memset(said, 0, sizeof(said));
	memset(held_until_ms, 0, sizeof(held_until_ms));
	asked[0] = '\0';
	no_parity = false;
	stop_after = 0;
	known = (struct scan_known){.place_count = 0, .places = places};
	scan = scan_new(&known);
}

static void
teardown(void)
{
	scan_free(scan);
}

static void
add_setting(const char *scheme, char parity)
{
	struct scan_setting *t = &scan->settings[scan->setting_count++];

	t->line = (struct driver_line){.baud = parity != 0 ? 9600 : 0,
	    .parity = parity,
	    .timeout_ms = 100};
	snprintf(t->line.scheme, sizeof(t->line.scheme), "%s", scheme);
}

/* Units first to last of a line of one setting. */
static void
run(const char *scheme, const char *units)
{
	if (scan->setting_count == 0)
		add_setting(scheme, strcmp(scheme, "rtu") == 0 ? 'N' : 0);
	hold_ms = strcmp(scheme, "rtu") == 0 ? HOLD_MS : 1;
	ck_assert_ptr_null(scan_units_read(units, 0, 255, &scan->units));
	scan_prepare(scan);
	scan_run(scan, NULL);
}

START_TEST(a_value_is_somebody)
{
	scripts[2] = "v";
	run("tcp", "1-3");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert_uint_eq(scan->found[0].unit, 2);
	ck_assert_uint_eq(scan->found[0].answer_count, 1);
	ck_assert_str_eq(asked, "1:h0 2:h0 3:h0 1:i0 3:i0 ");
	ck_assert(scan_complete(scan));
	ck_assert(!scan_failed(scan));
}
END_TEST

START_TEST(two_refusals_are_somebody)
{
	scripts[2] = "r";
	run("tcp", "2-3");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert_uint_eq(scan->found[0].answer_count, 2);
	ck_assert_str_eq(asked, "2:h0 2:i0 3:h0 3:i0 ");
}
END_TEST

START_TEST(one_refusal_is_asked_for_again)
{
	scripts[2] = "rttrt"; /* input 0 twice, then the first once more */
	scripts[3] = "rt";
	run("tcp", "2-3");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert_uint_eq(scan->found[0].unit, 2);
	ck_assert_uint_eq(scan->found[0].answer_count, 2);
}
END_TEST

START_TEST(a_gateways_word_is_nobody)
{
	scripts[1] = "w";
	run("tcp", "1-2");
	ck_assert_uint_eq(scan->found_count, 0);
	ck_assert(!scan_failed(scan));
}
END_TEST

START_TEST(who_is_silent_at_the_first_register_is_found_by_others)
{
	known.place_count = 1;
	scan_free(scan);
	scan = scan_new(&known);
	scripts[1] = "tv";
	scripts[2] = "ttv";
	run("tcp", "1-3");
	ck_assert_uint_eq(scan->found_count, 2);
	ck_assert_str_eq(
	    asked, "1:h0 2:h0 3:h0 1:i0 1:h89 2:i0 3:i0 2:h89 3:h89 ");
}
END_TEST

START_TEST(the_line_is_settled_where_somebody_is)
{
	add_setting("rtu", 'N');
	add_setting("rtu", 'E');
	add_setting("rtu", 'O');
	scripts[2] = "tv";
	run("rtu", "1-3");
	ck_assert_str_eq(
	    asked, "1:h0 2:h0 3:h0 1:h0E 2:h0E 3:h0E 1:i0E 3:i0E ");
	ck_assert_uint_eq(scan->setting, 1);
}
END_TEST

START_TEST(a_setting_the_port_has_not_is_left_out)
{
	add_setting("rtu", 'E');
	add_setting("rtu", 'N');
	no_parity = true;
	scripts[1] = "v";
	run("rtu", "1");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert(!scan_failed(scan));
	ck_assert(scan->order.dropped[0]);
	ck_assert_str_eq(scan->settings[0].why, "gone");
}
END_TEST

START_TEST(a_line_that_does_not_open_has_failed)
{
	scripts[1] = "b";
	run("tcp", "1-3");
	ck_assert(scan_failed(scan));
	ck_assert_str_eq(scan->why, "gone");
	ck_assert_str_eq(asked, "1:h0 "); /* once */
}
END_TEST

START_TEST(a_line_that_is_lost_for_a_moment_is_not_lost)
{
	scripts[1] = "v";
	scripts[2] = "bv";
	run("tcp", "1-2");
	ck_assert_uint_eq(scan->found_count, 2);
	ck_assert(!scan_failed(scan));
}
END_TEST

START_TEST(one_that_stays_lost_keeps_who_was_found)
{
	scripts[1] = "v";
	scripts[2] = "b";
	run("tcp", "1-3");
	ck_assert(scan_failed(scan));
	ck_assert(!scan_complete(scan));
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert_str_eq(asked, "1:h0 2:h0 2:h0 2:h0 ");
}
END_TEST

START_TEST(stopped_it_asks_nothing_more)
{
	scripts[1] = "v";
	stop_after = 2;
	run("tcp", "1-9");
	ck_assert_str_eq(asked, "1:h0 2:h0 ");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert(!scan_complete(scan));
}
END_TEST

START_TEST(what_was_heard_is_counted)
{
	scripts[1] = "c";
	scripts[2] = "g";
	scripts[3] = "gt";
	scripts[4] = "n";
	run("rtu", "1-5");
	ck_assert_uint_eq(scan->found_count, 0);
	ck_assert_uint_eq(scan->settings[0].asked, 10);
	ck_assert_uint_eq(scan->settings[0].heard, 7);
	ck_assert_uint_eq(scan->heard[0][0], 2);
	ck_assert_uint_eq(scan->heard[0][1], 2);
	ck_assert_uint_eq(scan->heard[0][2], 1);
	ck_assert_uint_eq(scan->heard[0][4], 0);
	ck_assert_str_eq(scan->settings[0].why, "not silent");
	ck_assert(!scan_babbles(&scan->settings[0]));
}
END_TEST

START_TEST(an_echo_is_known_by_its_being_everywhere)
{
	for (int unit = 1; unit < 9; unit++)
		scripts[unit] = "g";
	run("rtu", "1-8");
	ck_assert(scan_babbles(&scan->settings[0]));
}
END_TEST

START_TEST(who_is_late_is_asked_with_patience)
{
	scripts[2] = "llv"; /* the machine may have stood still once */
	run("rtu", "1-3");
	ck_assert_uint_eq(scan->found_count, 1);
	ck_assert(scan->found[0].late);
	ck_assert(scan->patient);
	ck_assert_uint_eq(scan->found[0].answer_count, 1);
}
END_TEST

START_TEST(one_that_answers_for_all_is_one)
{
	for (int unit = 0; unit < 256; unit++)
		scripts[unit] = "v";
	run("tcp", "1-5");
	ck_assert(scan->same);
	ck_assert_ptr_nonnull(strstr(asked, "247:h0 246:h0 245:h0 "));
}
END_TEST

START_TEST(a_full_list_is_not)
{
	for (int unit = 1; unit < 6; unit++)
		scripts[unit] = "v";
	run("tcp", "1-5");
	ck_assert(!scan->same);
	ck_assert_uint_eq(scan->found_count, 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("scan_run");
	TCase *t = tcase_create("scan_run");

	tcase_set_timeout(t, 60); /* serial lines wait for late answers */
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_value_is_somebody);
	tcase_add_test(t, two_refusals_are_somebody);
	tcase_add_test(t, one_refusal_is_asked_for_again);
	tcase_add_test(t, a_gateways_word_is_nobody);
	tcase_add_test(
	    t, who_is_silent_at_the_first_register_is_found_by_others);
	tcase_add_test(t, the_line_is_settled_where_somebody_is);
	tcase_add_test(t, a_setting_the_port_has_not_is_left_out);
	tcase_add_test(t, a_line_that_does_not_open_has_failed);
	tcase_add_test(t, a_line_that_is_lost_for_a_moment_is_not_lost);
	tcase_add_test(t, one_that_stays_lost_keeps_who_was_found);
	tcase_add_test(t, stopped_it_asks_nothing_more);
	tcase_add_test(t, what_was_heard_is_counted);
	tcase_add_test(t, an_echo_is_known_by_its_being_everywhere);
	tcase_add_test(t, who_is_late_is_asked_with_patience);
	tcase_add_test(t, one_that_answers_for_all_is_one);
	tcase_add_test(t, a_full_list_is_not);
	suite_add_tcase(s, t);
	return suite_run(s);
}
