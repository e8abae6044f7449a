/* test_pipeline.c - an answer goes in, readings come out of the journal */
#include <check.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/stats.h"
#include "gateway/pipeline.h"
#include "tests/suite.h"

/* One device: power (holding 0, deadband 5), door (holding 1 bits 0..1,
 * urgent), both in one request, each second. */
static const struct enum_name doors[] = {{0, "closed"}, {1, "open"}};
static struct conf_point points[] = {
    {.name = "power",
	.space = SPACE_HOLDING,
	.address = 0,
	.count = 1,
	.unit = "kW",
	.role = "",
	.decode = {.type = RAW_U16, .scale = {1, 0}, .form = FORM_NUMBER},
	.rule = {.deadband = 5, .heartbeat_ms = 60000, .every_ms = 1000}},
    {.name = "door",
	.space = SPACE_HOLDING,
	.address = 1,
	.count = 1,
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
    .points = points};
static struct conf_bus bus = {.id = "b"};
static struct conf conf = {
    .bus_count = 1, .buses = &bus, .device_count = 1, .devices = &device};

static char dir[] = "/tmp/riser-test-pipeline-XXXXXX";
static struct catalog *catalog;
static struct live *live;
static struct journal *journal;
static struct journal_reader *reader;
static struct pipeline *pipeline;
static struct plan *plan;
static int64_t now_ms;

static void
setup(void)
{
	struct journal_conf jc = {
	    .dir = dir, .max_bytes = 1 << 24, .commit_every_ms = 1};
	struct err err;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	now_ms = clock_mono_ms();
	journal = journal_open(&jc, &err);
	ck_assert_msg(journal != NULL, "%s", err.text);
	catalog = conf_catalog(&conf);
	live = live_new();
	live_catalog(live, catalog);
	journal_catalog(journal, catalog);
	pipeline = pipeline_new(&conf, catalog, live, journal, NULL);
	plan = conf_plan(&conf, 0);
	reader = reader_open(journal, 0);
}

static int
remove_one(const char *path, const struct stat *s, int flag, struct FTW *ftw)
{
	(void)s;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
teardown(void)
{
	reader_close(reader);
	plan_free(plan);
	pipeline_free(pipeline);
	journal_close(journal, 1000);
	live_free(live);
	catalog_unref(catalog);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
answer(uint16_t power, uint16_t door)
{
	struct answer a = {.mono_ms = now_ms,
	    .wall_ms = 1763690000000 + now_ms,
	    .synced = true,
	    .online = true,
	    .verdict = DRIVER_OK,
	    .word_count = 2,
	    .words = {power, door}};

	pipeline_take(pipeline, &a, plan);
}

static void
failure(enum driver_verdict verdict, int32_t request)
{
	struct answer a = {.mono_ms = now_ms,
	    .wall_ms = 1763690000000 + now_ms,
	    .online = request >= 0,
	    .verdict = (uint8_t)verdict,
	    .exception = 2,
	    .request = request};

	pipeline_take(pipeline, &a, plan);
}

static void
tick(void)
{
	struct stamp now = {.mono_ms = now_ms,
	    .wall_ms = 1763690000000 + now_ms,
	    .synced = true};

	pipeline_tick(pipeline, &now);
}

/* The next batch that was committed, as text: "power=400 door=open" with
 * qualities where not good; "" when there is none. */
static const char *
committed(void)
{
	static char text[256];
	struct pollfd p = {.fd = reader_fd(reader), .events = POLLIN};
	const struct catalog *c;
	struct batch b;
	int len = 0, got = 0;

	for (int i = 0; i < 30 && (got = reader_next(reader, &b, &c)) == 0;
	     i++) {
		uint64_t count;

		journal_tick(journal, clock_mono_ms());
		if (poll(&p, 1, 10) == 1)
			ck_assert_int_eq(
			    read(p.fd, &count, sizeof(count)), sizeof(count));
	}
	ck_assert_int_ge(got, 0);
	text[0] = '\0';
	for (uint16_t i = 0; got == 1 && i < b.count; i++) {
		const struct reading *r = &b.readings[i];
		const struct point_info *info =
		    &c->devices[b.device].points[r->point];
		char quality[QUALITY_TEXT_MAX];

		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "%s%s=", i == 0 ? "" : " ", info->name);
		if (r->quality.code != QUALITY_GOOD)
			len += snprintf(text + len, sizeof(text) - (size_t)len,
			    "%s", quality_text(r->quality, quality));
		else
			len += snprintf(text + len, sizeof(text) - (size_t)len,
			    "%.0f", value_number(&r->value));
	}
	return text;
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
	pipeline = pipeline_new(&conf, catalog, live, journal, pipeline);
	answer(402, 1);
	ck_assert_str_eq(committed(), "");
	answer(406, 1);
	ck_assert_str_eq(committed(), "power=406");
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
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_first_answer_is_kept_whole);
	tcase_add_test(t, only_what_left_its_deadband_is_kept);
	tcase_add_test(t, a_drift_does_not_hide_under_the_deadband);
	tcase_add_test(t, an_unchanged_value_is_kept_again_at_its_heartbeat);
	tcase_add_test(t, a_failed_request_is_a_change_of_quality_and_no_value);
	tcase_add_test(t, an_exception_is_never_a_zero);
	tcase_add_test(t, a_word_that_is_no_such_value_spoils_its_point_only);
	tcase_add_test(t, a_device_that_is_gone_takes_all_its_points);
	tcase_add_test(t, a_point_nobody_tried_to_read_is_stale_once);
	tcase_add_test(t, a_reload_keeps_what_was_kept_by_name);
	tcase_add_test(t, every_reading_is_counted);
	return suite_run(s);
}
