/* test_pipeline.c - an answer goes in, readings come out of the journal */
#include "gateway/base/stats.h"
#include "tests/pipeline_help.h"
#include "tests/suite.h"

/* One device: power (holding 0, deadband 5), door (holding 1 bits 0..1,
 * urgent), both in one request, each second. */
static const struct enum_name doors[] = {{0, "closed"}, {1, "open"}};
static struct conf_point points[] = {
    {.name = "power",
	.space = SPACE_HOLDING,
	.address = 0,
	.count = 1,
	.first = 0,
	.span = 1,
	.unit = "kW",
	.role = "",
	.decode = {.type = RAW_U16, .scale = {1, 0}, .form = FORM_NUMBER},
	.rule = {.deadband = 5, .heartbeat_ms = 60000, .every_ms = 1000}},
    {.name = "door",
	.space = SPACE_HOLDING,
	.address = 1,
	.count = 1,
	.first = 1,
	.span = 1,
	.unit = "",
	.role = "",
	.decode = {.type = RAW_U16,
	    .scale = {1, 0},
	    .has_bits = true,
	    .bit_low = 0,
	    .bit_high = 1,
	    .form = FORM_ENUM,
	    .names = doors,
	    .name_count = 2},
	.rule = {.heartbeat_ms = 60000, .every_ms = 1000},
	.urgent = true},
};
static struct conf_profile profile = {.name = "test",
    .title = {.en = "test"},
    .kind = "feeder",
    .verified = "C",
    .max_read = 125};
static struct conf_device device = {.id = "tx-1",
    .name = {.en = "tx-1"},
    .profile = &profile,
    .kind = "feeder",
    .unit = 1,
    .point_count = 2,
    .polled_count = 2,
    .points = points};
static struct conf_bus bus = {.id = "b"};
static struct conf feeder = {
    .bus_count = 1, .buses = &bus, .device_count = 1, .devices = &device};

static void
setup(void)
{
	open_pipeline(&feeder);
}

/* The points were changed. */
static void
teardown_and_open(void)
{
	close_pipeline();
	open_pipeline(&feeder);
}

static void
answer(uint16_t power, uint16_t door)
{
	const uint16_t words[] = {power, door};

	take(0, DRIVER_OK, words, 2);
}

START_TEST(a_first_answer_is_kept_whole)
{
	answer(400, 1);
	ck_assert_str_eq(committed(), "power=400 door=1");
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_GOOD);
	ck_assert_double_eq(value_number(&live_get(live, 0, 0)->value), 400);
}
END_TEST

START_TEST(only_what_left_its_deadband_is_kept)
{
	answer(400, 1);
	committed();
	answer(404, 1);
	ck_assert_str_eq(committed(), "");
	ck_assert_double_eq(value_number(&live_get(live, 0, 0)->value), 404);
	answer(406, 1);
	ck_assert_str_eq(committed(), "power=406");
	answer(406, 0);
	ck_assert_str_eq(committed(), "door=0");
}
END_TEST

START_TEST(the_alarms_see_also_what_the_deadband_keeps_back)
{
	answer(400, 1);
	committed();
	alarmed = 0;
	answer(401, 1);
	ck_assert_str_eq(committed(), "");
	ck_assert_uint_eq(alarmed, 2);
}
END_TEST

START_TEST(a_drift_does_not_hide_under_the_deadband)
{
	int kept = 0;

	answer(0, 0);
	committed();
	for (uint16_t v = 1; v <= 60; v++) {
		answer(v, 0);
		kept += committed()[0] != '\0';
	}
	ck_assert_int_eq(kept, 10);
}
END_TEST

START_TEST(an_unchanged_value_is_kept_again_at_its_heartbeat)
{
	answer(400, 1);
	committed();
	now_ms += 30000;
	answer(400, 1);
	ck_assert_str_eq(committed(), "");
	now_ms += 30000;
	answer(400, 1);
	ck_assert_str_eq(committed(), "power=400 door=1");
}
END_TEST

START_TEST(a_failed_request_is_a_change_of_quality_and_no_value)
{
	answer(400, 1);
	committed();
	failure(DRIVER_TIMEOUT, 0);
	ck_assert_str_eq(committed(), "power=bad:timeout door=bad:timeout");
	failure(DRIVER_TIMEOUT, 0);
	ck_assert_str_eq(committed(), "");
	ck_assert(!quality_has_value(live_get(live, 0, 0)->quality));
	answer(400, 1);
	ck_assert_str_eq(committed(), "power=400 door=1");
}
END_TEST

START_TEST(an_exception_is_never_a_zero)
{
	failure(DRIVER_EXCEPTION, 0);
	ck_assert_str_eq(
	    committed(), "power=bad:exception-2 door=bad:exception-2");
	ck_assert_int_eq(live_get(live, 0, 0)->value.type, VALUE_NONE);
}
END_TEST

START_TEST(a_word_that_is_no_such_value_spoils_its_point_only)
{
	answer(400, 3);
	ck_assert_str_eq(committed(), "power=400 door=bad:decode");
}
END_TEST

START_TEST(a_slower_point_of_a_request_is_read_at_its_own_period)
{
	struct conf_point slow = points[0];
	const struct live_point *last;
	int64_t read_ms;

	points[0].rule.every_ms = 10000;
	points[0].rule.deadband = 0;
	teardown_and_open();
	ck_assert_uint_eq(plan->request_count, 1);
	ck_assert_uint_eq(plan->requests[0].every_ms, 1000);
	answer(100, 0);
	last = live_get(live, 0, 0);
	read_ms = last->wall_ms;
	for (uint16_t i = 1; i < 10; i++) {
		now_ms += 1000;
		answer(100 + i, 0);
		ck_assert_int_eq(last->value.i, 100);
		ck_assert_int_eq(last->wall_ms, read_ms);
	}
	now_ms += 1000;
	answer(150, 0);
	ck_assert_int_eq(last->value.i, 150);
	points[0] = slow;
}
END_TEST

START_TEST(a_bad_slower_point_takes_the_next_answer_of_its_request)
{
	struct conf_point slow = points[0];
	const struct live_point *last;

	points[0].rule.every_ms = 60000;
	teardown_and_open();
	take(0, DRIVER_TIMEOUT, NULL, 0);
	last = live_get(live, 0, 0);
	ck_assert_uint_eq(last->quality.code, QUALITY_BAD_TIMEOUT);
	now_ms += 1000;
	answer(100, 0);
	ck_assert_uint_eq(last->quality.code, QUALITY_GOOD);
	ck_assert_int_eq(last->value.i, 100);
	points[0] = slow;
}
END_TEST

START_TEST(a_device_that_is_gone_takes_all_its_points)
{
	answer(400, 1);
	committed();
	failure(DRIVER_BUS, -1);
	ck_assert_str_eq(committed(), "power=bad:bus door=bad:bus");
	now_ms += 3600000;
	tick();
	ck_assert_str_eq(committed(), ""); /* it is being probed: not stale */
}
END_TEST

START_TEST(a_device_that_answers_from_the_start_is_no_event)
{
	answer(400, 1);
	failure(DRIVER_TIMEOUT, 0); /* a request is not the device */
	failure(DRIVER_EXCEPTION, 0);
	answer(400, 1);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_device_that_never_answers_is_told_of_once)
{
	failure(DRIVER_TIMEOUT, -1);
	now_ms += 10000;
	failure(DRIVER_TIMEOUT, -1);
	failure(DRIVER_BUS, -1);
	ck_assert_str_eq(told, "tx-1 off 0,");
}
END_TEST

START_TEST(a_device_that_goes_and_comes_back_is_told_of_with_the_time_of_it)
{
	answer(400, 1);
	now_ms += 5000;
	failure(DRIVER_TIMEOUT, -1);
	now_ms += 7000;
	failure(DRIVER_EXCEPTION, 0); /* it refuses: it is there */
	now_ms += 1000;
	answer(400, 1);
	failure(DRIVER_TIMEOUT, -1);
	ck_assert_str_eq(told, "tx-1 off 5000,tx-1 on 12000,tx-1 off 13000,");
}
END_TEST

/* 10 and 11: the device behind it does not answer. */
START_TEST(a_gateways_word_that_a_device_is_silent_brings_none_back)
{
	failure(DRIVER_BUS, -1);
	for (exception = 10; exception <= 11; exception++)
		failure(DRIVER_EXCEPTION, 0);
	exception = 2;
	ck_assert_str_eq(told, "tx-1 off 0,");
	failure(DRIVER_EXCEPTION, 0);
	ck_assert_str_eq(told, "tx-1 off 0,tx-1 on 0,");
}
END_TEST

START_TEST(a_reload_tells_of_no_device_again)
{
	failure(DRIVER_TIMEOUT, -1);
	reload();
	failure(DRIVER_TIMEOUT, -1);
	ck_assert_str_eq(told, "tx-1 off 0,");
	reload();
	answer(400, 1);
	ck_assert_str_eq(told, "tx-1 off 0,tx-1 on 0,");
}
END_TEST

START_TEST(a_point_nobody_tried_to_read_is_stale_once)
{
	answer(400, 1);
	committed();
	now_ms += 14000;
	tick();
	ck_assert_str_eq(committed(), "");
	now_ms += 1001;
	tick();
	ck_assert_str_eq(committed(), "power=stale door=stale");
	now_ms += 60000;
	tick();
	ck_assert_str_eq(committed(), "");
	answer(400, 1);
	ck_assert_str_eq(committed(), "power=400 door=1");
}
END_TEST

START_TEST(a_reload_keeps_what_was_kept_by_name)
{
	answer(400, 1);
	committed();
	reload();
	answer(402, 1);
	ck_assert_str_eq(committed(), "");
	answer(406, 1);
	ck_assert_str_eq(committed(), "power=406");
}
END_TEST

/* ---- riser itself ---- */

static void
look(double disk)
{
	now_ms += 1000;
	looked_ms = now_ms;
	disk_used = disk;
	pipeline_self(pipeline);
}

START_TEST(what_riser_sees_of_itself_is_kept_as_of_a_device)
{
	const struct live_point *p = live_get(live, 1, 0);

	pipeline_self(pipeline);
	ck_assert_str_eq(committed(), "");
	alarmed = 0;
	look(30);
	ck_assert_str_eq(committed(), "disk_used=30");
	ck_assert(p->value.f == 30);
	ck_assert_int_eq(p->wall_ms, WALL_MS + looked_ms);
	ck_assert_str_eq(catalog->devices[1].id, "gateway");
	ck_assert_str_eq(told, "");
	ck_assert_uint_eq(alarmed, 0); /* they had it from who looked */
}
END_TEST

START_TEST(what_hardly_changed_of_riser_is_looked_at_each_period_only)
{
	const struct live_point *p = live_get(live, 1, 0);

	look(30);
	committed();
	for (int i = 1; i < 10; i++)
		look(30.25);
	ck_assert(p->value.f == 30);
	look(30.25);
	ck_assert(p->value.f == 30.25);
	ck_assert_str_eq(committed(), "");
	look(31);
	ck_assert_str_eq(committed(), "disk_used=31");
	for (int i = 0; i < 55; i++)
		look(31);
	ck_assert_str_eq(committed(), "disk_used=31");
	ck_assert_str_eq(committed(), "");
}
END_TEST

/* Its disk hangs: an old value is given no new time. */
START_TEST(what_riser_saw_once_is_no_reading_twice)
{
	look(30);
	committed();
	now_ms += 100000;
	tick();
	pipeline_self(pipeline);
	ck_assert_str_eq(committed(), "");
	ck_assert_int_eq(live_get(live, 1, 0)->mono_ms, looked_ms);
}
END_TEST

START_TEST(what_riser_never_knew_is_told_when_it_is_known)
{
	look(30);
	ck_assert_str_eq(committed(), "disk_used=30");
	ck_assert_int_eq(live_get(live, 1, 1)->quality.code, QUALITY_NEVER);
	notify_quality = QUALITY_GOOD;
	look(30);
	ck_assert_str_eq(committed(), "notify_ok=1");
	notify_quality = QUALITY_STALE;
	look(30);
	ck_assert_str_eq(committed(), "notify_ok=stale");
}
END_TEST

START_TEST(a_reload_keeps_what_was_kept_of_riser)
{
	look(30);
	committed();
	reload();
	look(30);
	ck_assert_str_eq(committed(), "");
}
END_TEST

START_TEST(every_reading_is_counted)
{
	struct stat_series *read =
	    stat_get(STAT_COUNTER, "riser_reads_total", "", "stage=\"read\"");
	struct stat_series *unchanged = stat_get(
	    STAT_COUNTER, "riser_reads_total", "", "stage=\"unchanged\"");

	answer(400, 1);
	answer(401, 0);
	ck_assert_uint_eq(stat_count(read), 4);
	ck_assert_uint_eq(stat_count(unchanged), 1);
	stat_put(read);
	stat_put(unchanged);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pipeline");
	TCase *t = tcase_create("pipeline");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, close_pipeline);
	tcase_add_test(t, a_first_answer_is_kept_whole);
	tcase_add_test(t, only_what_left_its_deadband_is_kept);
	tcase_add_test(t, the_alarms_see_also_what_the_deadband_keeps_back);
	tcase_add_test(t, a_drift_does_not_hide_under_the_deadband);
	tcase_add_test(t, an_unchanged_value_is_kept_again_at_its_heartbeat);
	tcase_add_test(t, a_failed_request_is_a_change_of_quality_and_no_value);
	tcase_add_test(t, an_exception_is_never_a_zero);
	tcase_add_test(t, a_word_that_is_no_such_value_spoils_its_point_only);
	tcase_add_test(
	    t, a_slower_point_of_a_request_is_read_at_its_own_period);
	tcase_add_test(
	    t, a_bad_slower_point_takes_the_next_answer_of_its_request);
	tcase_add_test(t, a_device_that_is_gone_takes_all_its_points);
	tcase_add_test(t, a_device_that_answers_from_the_start_is_no_event);
	tcase_add_test(t, a_device_that_never_answers_is_told_of_once);
	tcase_add_test(t,
	    a_device_that_goes_and_comes_back_is_told_of_with_the_time_of_it);
	tcase_add_test(
	    t, a_gateways_word_that_a_device_is_silent_brings_none_back);
	tcase_add_test(t, a_reload_tells_of_no_device_again);
	tcase_add_test(t, a_point_nobody_tried_to_read_is_stale_once);
	tcase_add_test(t, a_reload_keeps_what_was_kept_by_name);
	tcase_add_test(t, what_riser_sees_of_itself_is_kept_as_of_a_device);
	tcase_add_test(
	    t, what_hardly_changed_of_riser_is_looked_at_each_period_only);
	tcase_add_test(t, what_riser_saw_once_is_no_reading_twice);
	tcase_add_test(t, what_riser_never_knew_is_told_when_it_is_known);
	tcase_add_test(t, a_reload_keeps_what_was_kept_of_riser);
	tcase_add_test(t, every_reading_is_counted);
	return suite_run(s);
}
