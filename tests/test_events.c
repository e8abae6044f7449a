/* test_events.c - each event's members, as they are kept */
#include <stdio.h>
#include <string.h>

#include "gateway/events.h"
#include "tests/suite.h"

/* ---- a log that keeps the last event ---- */

struct journal {
	uint64_t seq;
	bool full;
	char event[SAMPLE_EVENT_MAX];
	struct batch last;
};

bool
journal_append(struct journal *j, struct batch *b)
{
	if (j->full)
		return false;
	b->seq = ++j->seq;
	j->last = *b;
	snprintf(j->event, sizeof(j->event), "%s", b->event);
	return true;
}

static const struct stamp at = {
    .boot = {1, 2, 3}, .mono_ms = 5, .wall_ms = 1763690000123, .synced = true};
static struct journal log_of_events;

/* ---- events ---- */

static void
tell_start(void)
{
	events_start(&log_of_events, &at, "1.2.3");
}

static void
tell_stop(void)
{
	ck_assert_uint_eq(events_stop(&log_of_events, &at), log_of_events.seq);
}

static void
tell_reload(void)
{
	events_reload(&log_of_events, &at);
}

static void
tell_offline(void)
{
	events_device(&log_of_events, &at, "lift-3-1", false);
}

static void
tell_online(void)
{
	events_device(&log_of_events, &at, "lift-3-1", true);
}

static void
tell_synced(void)
{
	events_clock(&log_of_events, &at, true, 0);
}

static void
tell_step(void)
{
	events_clock(&log_of_events, &at, false, -3600000);
}

static void
tell_memory(void)
{
	struct events_memory m = {.of = "readings", .from = 7, .to = 9};

	events_memory(&log_of_events, &at, &m);
}

static void
tell_disk(void)
{
	struct events_memory m = {.of = "readings",
	    .over = true,
	    .from = 7,
	    .to = UINT64_MAX,
	    .as = "k3f9a1b2",
	    .lost = 12};

	events_memory(&log_of_events, &at, &m);
}

static void
tell_disk_and_nothing_given(void)
{
	struct events_memory m = {.of = "events", .over = true, .as = "x"};

	events_memory(&log_of_events, &at, &m);
}

static const struct enum_name codes[] = {{0, "none"}, {1, "SAFETY_CHAIN"}};
static const struct point_info fault_code = {.name = "fault_code",
    .unit = "",
    .role = "",
    .form = FORM_ENUM,
    .name_count = 2,
    .names = codes};
static const struct point_info fault_raw = {
    .name = "fault_raw", .unit = "", .role = "", .form = FORM_NUMBER};
static const struct value none = {.type = VALUE_ENUM, .i = 0};
static const struct value chain = {.type = VALUE_ENUM, .i = 1};
static const struct value strange = {.type = VALUE_ENUM, .i = 7};
static const struct value forty_one = {.type = VALUE_U64, .u = 41};

static void
tell_fault(void)
{
	struct events_change c = {.device = "lift-3-1",
	    .point = &fault_code,
	    .from = &none,
	    .to = &chain,
	    .raw = &forty_one,
	    .raw_point = &fault_raw,
	    .text = {"安全回路断开", "safety chain open"},
	    .changes = 1};

	ck_assert_uint_eq(
	    events_change(&log_of_events, &at, &c), log_of_events.seq);
}

static void
tell_changes(void)
{
	struct events_change c = {.device = "lift-3-1",
	    .point = &fault_code,
	    .from = &strange,
	    .to = &none,
	    .changes = 23};

	events_change(&log_of_events, &at, &c);
}

static const struct {
	void (*tell)(void);
	const char *members;
} tellings[] = {
    {tell_start, "\"type\":\"start\",\"version\":\"1.2.3\""},
    {tell_stop, "\"type\":\"stop\""},
    {tell_reload, "\"type\":\"reload\""},
    {tell_offline,
	"\"type\":\"device\",\"device\":\"lift-3-1\",\"online\":false"},
    {tell_online,
	"\"type\":\"device\",\"device\":\"lift-3-1\",\"online\":true"},
    {tell_synced, "\"type\":\"clock\",\"synced\":true"},
    {tell_step, "\"type\":\"clock\",\"synced\":false,\"step_ms\":-3600000"},
    {tell_memory,
	"\"type\":\"journal\",\"of\":\"readings\",\"state\":\"memory\""},
    {tell_disk,
	"\"type\":\"journal\",\"of\":\"readings\",\"state\":\"disk\","
	"\"from\":7,\"to\":18446744073709551615,\"as\":\"k3f9a1b2\","
	"\"lost\":12"},
    {tell_disk_and_nothing_given,
	"\"type\":\"journal\",\"of\":\"events\",\"state\":\"disk\","
	"\"lost\":0"},
    {tell_fault,
	"\"type\":\"change\",\"device\":\"lift-3-1\",\"point\":"
	"\"fault_code\",\"from\":\"none\",\"to\":\"SAFETY_CHAIN\","
	"\"raw\":41,\"text\":{\"zh\":\"安全回路断开\",\"en\":"
	"\"safety chain open\"}"},
    {tell_changes,
	"\"type\":\"change\",\"device\":\"lift-3-1\",\"point\":"
	"\"fault_code\",\"from\":7,\"to\":\"none\",\"changes\":23"},
};

START_TEST(an_event_is_its_members_with_the_time_it_was_told_of)
{
	const struct batch *b = &log_of_events.last;

	tellings[_i].tell();
	ck_assert_uint_eq(log_of_events.seq, 1);
	ck_assert_str_eq(log_of_events.event, tellings[_i].members);
	ck_assert(b->urgent && b->count == 1 && b->device == 0);
	ck_assert_ptr_null(b->readings);
	ck_assert_mem_eq(b->at.boot, at.boot, sizeof(at.boot));
	ck_assert_int_eq(b->at.mono_ms, at.mono_ms);
	ck_assert_int_eq(b->at.wall_ms, at.wall_ms);
	ck_assert(b->at.synced);
}
END_TEST

/* As a profile may write them, and what JSON must escape in them. */
START_TEST(a_change_with_endless_texts_is_cut)
{
	static char endless[6001], wrong[6001];
	struct enum_name names[] = {{0, endless}, {1, wrong}};
	struct point_info point = fault_code;
	struct events_change c = {.device = "lift-3-1",
	    .point = &point,
	    .from = &none,
	    .to = &chain,
	    .text = {endless, wrong}};

	for (int i = 0; i < 2000; i++)
		memcpy(endless + 3 * (ptrdiff_t)i, "电", 3);
	memset(wrong, 0xff, 6000); /* each is a U+FFFD */
	point.names = names;
	ck_assert_uint_ne(events_change(&log_of_events, &at, &c), 0);
	ck_assert_uint_lt(strlen(log_of_events.event), SAMPLE_EVENT_MAX - 256);
	ck_assert_ptr_nonnull(
	    strstr(log_of_events.event, "电电\",\"to\":\"\xef\xbf\xbd"));
}
END_TEST

START_TEST(a_log_that_takes_nothing_gives_no_seq)
{
	log_of_events.full = true;
	ck_assert_uint_eq(events_stop(&log_of_events, &at), 0);
	ck_assert_uint_eq(log_of_events.seq, 0);
}
END_TEST

START_TEST(without_a_log_nobody_is_told)
{
	events_start(NULL, &at, "1.2.3");
	ck_assert_uint_eq(events_stop(NULL, &at), 0);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("events");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t,
	    an_event_is_its_members_with_the_time_it_was_told_of, 0,
	    sizeof(tellings) / sizeof(tellings[0]));
	tcase_add_test(t, a_change_with_endless_texts_is_cut);
	tcase_add_test(t, a_log_that_takes_nothing_gives_no_seq);
	tcase_add_test(t, without_a_log_nobody_is_told);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
