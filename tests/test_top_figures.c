/* test_top_figures.c - the figures of /metrics that riser top shows */
#include <check.h>
#include <math.h>

#include "gateway/commands/top_figures.h"
#include "tests/suite.h"

static const char text[] =
    "# HELP riser_requests_total Questions asked on a bus.\n"
    "# TYPE riser_requests_total counter\n"
    "riser_requests_total{bus=\"shaft-1\",result=\"ok\"} 600\n"
    "riser_requests_total{bus=\"shaft-1\",result=\"timeout\"} 7\n"
    "riser_requests_total{bus=\"shaft-1\",result=\"bus\"} 2\n"
    "riser_requests_total{bus=\"shaft-1\",result=\"noise\"} 3\n"
    "riser_requests_total{bus=\"main\",result=\"crc\"} 4\n"
    "riser_bus_load_ratio{bus=\"main\"} 0.25\n"
    "riser_missed_periods_total{bus=\"main\"} 5\n"
    "riser_device_up{device=\"tx-1\"} 0\n"
    "riser_device_up{device=\"tx-2\"} 1\n"
    "riser_sink_connected{sink=\"mqtt\"} 1\n"
    "riser_readings_total{sink=\"mqtt\",stage=\"delivered\"} 900\n"
    "riser_readings_total{sink=\"mqtt\",stage=\"pending\"} 12\n"
    "riser_journal_bytes 262144\n"
    "riser_new_in_2030{bus=\"shaft-1\",strange=\"a=b,c\"} 1\n"
    "process_cpu_seconds_total 1.5\n";

static struct top_figures *f, *then;

static void
teardown(void)
{
	top_figures_free(f);
	top_figures_free(then);
}

START_TEST(figures_are_found_by_name_and_label)
{
	f = top_figures_read(text);
	ck_assert_uint_eq(f->bus_count, 2);
	ck_assert_str_eq(f->buses[0].id, "shaft-1");
	ck_assert(f->buses[0].results[TOP_OK] == 600);
	ck_assert(f->buses[0].results[TOP_TIMEOUT] == 7);
	ck_assert(f->buses[0].results[TOP_OTHER] == 5);
	ck_assert(f->buses[1].results[TOP_CRC] == 4);
	ck_assert(f->buses[1].missed == 5);
	ck_assert(f->buses[1].load == 0.25);
	ck_assert_uint_eq(f->device_count, 2);
	ck_assert_str_eq(f->devices[0].id, "tx-1");
	ck_assert(!f->devices[0].up && f->devices[1].up);
	ck_assert_uint_eq(f->sink_count, 1);
	ck_assert(f->sinks[0].connected == 1 && f->sinks[0].pending == 12);
	ck_assert(f->journal.bytes == 262144);
}
END_TEST

/* Not a 0, which would be a figure. */
START_TEST(what_is_not_told_is_not_known)
{
	f = top_figures_read(text);
	ck_assert(isnan(f->buses[0].cycle_s) && isnan(f->buses[0].load));
	ck_assert(isnan(f->sinks[0].dropped) && isnan(f->clock_synced));
	ck_assert(isnan(f->events.bytes) && isnan(f->journal.in_memory));
}
END_TEST

START_TEST(no_text_and_half_a_line_are_no_figures)
{
	f = top_figures_read("");
	ck_assert_uint_eq(f->bus_count + f->sink_count + f->device_count, 0);
	then = top_figures_read("riser_bus_load_ratio{bus=\"ma\n{} 1\n\n= 2\n"
				"riser_clock_synced");
	ck_assert_uint_eq(then->bus_count, 0);
	ck_assert(isnan(then->clock_synced));
}
END_TEST

START_TEST(recent_is_since_the_start_without_an_earlier_look)
{
	f = top_figures_read(text);
	ck_assert(f->recent_s == 0 && f->recent_cpu_s == 1.5);
	ck_assert(f->buses[0].recent[TOP_TIMEOUT] == 7);
	ck_assert(f->buses[1].recent_missed == 5);
	ck_assert(f->sinks[0].recent_delivered == 900);
}
END_TEST

START_TEST(recent_is_what_came_since)
{
	then = top_figures_read(
	    "riser_requests_total{bus=\"shaft-1\",result=\"timeout\"} 4\n"
	    "riser_requests_total{bus=\"main\",result=\"crc\"} 400\n"
	    "riser_readings_total{sink=\"mqtt\",stage=\"delivered\"} 600\n"
	    "process_cpu_seconds_total 1\n");
	f = top_figures_read(text);
	top_figures_since(f, then, 30);
	ck_assert(f->recent_s == 30 && f->recent_cpu_s == 0.5);
	ck_assert(f->buses[0].recent[TOP_TIMEOUT] == 3);
	ck_assert(f->buses[0].recent[TOP_OTHER] == 5);
	/* Its bus came anew. */
	ck_assert(f->buses[1].recent[TOP_CRC] == 4);
	ck_assert(f->sinks[0].recent_delivered == 300);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("top_figures");
	TCase *tc = tcase_create("top_figures");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, figures_are_found_by_name_and_label);
	tcase_add_test(tc, what_is_not_told_is_not_known);
	tcase_add_test(tc, no_text_and_half_a_line_are_no_figures);
	tcase_add_test(tc, recent_is_since_the_start_without_an_earlier_look);
	tcase_add_test(tc, recent_is_what_came_since);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
