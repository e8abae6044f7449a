/* test_top_frame.c - the picture of riser top, as lines */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/commands/fit.h"
#include "gateway/commands/tongue.h"
#include "gateway/commands/top_frame.h"
#include "tests/suite.h"

#define NOW_MS ((int64_t)1763690000000) /* 2025-11-21 01:53:20 UTC */
#define MINUTE_MS ((int64_t)60000)

static const char well[] =
    "riser_requests_total{bus=\"calm\",result=\"ok\"} 600\n"
    "riser_requests_total{bus=\"calm\",result=\"timeout\"} 0\n"
    "riser_bus_cycle_seconds{bus=\"calm\"} 0.3478\n"
    "riser_bus_limit_seconds{bus=\"calm\"} 0.262\n"
    "riser_bus_load_ratio{bus=\"calm\"} 0.41\n"
    "riser_missed_periods_total{bus=\"calm\"} 0\n"
    "riser_device_up{device=\"tx-1\"} 1\n"
    "riser_sink_connected{sink=\"mqtt\"} 1\n"
    "riser_readings_total{sink=\"mqtt\",stage=\"delivered\"} 7200\n"
    "riser_readings_total{sink=\"mqtt\",stage=\"pending\"} 3\n"
    "riser_readings_total{sink=\"mqtt\",stage=\"dropped\"} 0\n"
    "riser_journal_bytes 262144\n"
    "riser_journal_oldest_seconds 125\n"
    "riser_journal_failing 0\n"
    "riser_journal_in_memory 0\n"
    "riser_clock_synced 1\n"
    "process_cpu_seconds_total 72\n"
    "process_resident_memory_bytes 17825792\n";

static const char no_alarms[] =
    "{\"alarms\":[],\"counts\":{\"shown\":0,\"unacked\":0,\"hidden\":0,"
    "\"P1\":0,\"P2\":0,\"P3\":0,\"P4\":0}}";

static const char some_alarms[] =
    "{\"alarms\":["
    "{\"device\":\"lift-3-1\",\"alarm\":\"entrapment\",\"state\":\"UNACK\","
    "\"active\":true,\"severity\":\"P1\",\"since\":1763689820000,"
    "\"text\":{\"zh\":\"3栋1单元 困人\",\"en\":\"building 3: "
    "trapped\\u001b[2J\"}},"
    "{\"device\":\"lift-9\",\"alarm\":\"door\",\"state\":\"UNACK\","
    "\"severity\":\"P3\",\"shelved_until\":1763699820000},"
    "{\"device\":\"tx-3\",\"alarm\":\"heavy\",\"state\":\"ACKED\","
    "\"active\":true,\"severity\":\"P3\",\"ack\":{\"by\":\"Wang\"},"
    "\"since\":1763689940000,\"text\":{\"en\":\"heavy load\"}}],"
    "\"counts\":{\"shown\":2,\"unacked\":1,\"hidden\":1,"
    "\"P1\":1,\"P2\":0,\"P3\":1,\"P4\":0}}";

static struct top_figures *figures;
static json_t *alarms;
static struct top_offline offline[30];
static struct top_picture p;
static struct top_view view;
static struct top_frame f;

static void
know(const char *metrics, const char *standing)
{
	top_figures_free(figures);
	json_decref(alarms);
	figures = top_figures_read(metrics);
	alarms = json_loads(standing, 0, NULL);
	ck_assert_ptr_nonnull(alarms);
	p.figures = figures;
	p.alarms = alarms;
	for (size_t i = 0; i < figures->bus_count; i++)
		figures->buses[i].devices = 4;
}

static void
setup(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	tongue_set("en");
	figures = NULL;
	alarms = NULL;
	p = (struct top_picture){
	    .site = "anju",
	    .site_name = "安居小区",
	    .version = "0.1.0",
	    .up_ms = 120 * MINUTE_MS,
	    .now_ms = NOW_MS,
	    .told_ms = NOW_MS - 300,
	    .silent_ms = 300,
	    .heartbeat_ms = 400,
	    .offline = offline,
	};
	view = (struct top_view){.columns = 79};
	know(well, no_alarms);
}

static void
teardown(void)
{
	top_frame_free(&f);
	f = (struct top_frame){0};
	top_figures_free(figures);
	json_decref(alarms);
}

static void
put_offline(size_t count)
{
	static char ids[30][16];

	for (size_t i = 0; i < count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "lift-%zu", i + 1);
		offline[i] = (struct top_offline){
		    .id = ids[i],
		    .name = "3号楼1单元电梯",
		    .bus = "shaft",
		    .since_ms = NOW_MS - 3 * MINUTE_MS,
		};
	}
	p.offline_count = count;
}

/* The first line with the text in it; NULL: none has it. */
static const struct top_line *
line_with(const char *text)
{
	for (size_t i = 0; i < f.count; i++)
		if (strstr(f.lines[i].text, text) != NULL)
			return &f.lines[i];
	return NULL;
}

static size_t
place_of(const char *text)
{
	const struct top_line *l = line_with(text);

	ck_assert_msg(l != NULL, "no line has \"%s\"", text);
	return (size_t)(l - f.lines);
}

static void
draw(void)
{
	top_frame_draw(&f, &p, &view);
}

/* ---- what it says ---- */

START_TEST(where_all_is_well_it_says_so)
{
	draw();
	ck_assert_ptr_nonnull(strstr(f.lines[0].text, "安居小区 (anju)"));
	ck_assert_ptr_nonnull(strstr(f.lines[0].text, "up 2h 00m"));
	ck_assert_ptr_nonnull(
	    strstr(f.lines[0].text, "heartbeat 0.4 s ago  01:53:20"));
	ck_assert_str_eq(f.lines[1].text, "nothing is wrong");
	ck_assert_int_eq(f.lines[1].style, TOP_GOOD);
	ck_assert_str_eq(f.lines[place_of(" calm")].text,
	    " calm     4/4 347.8 ms 262.0 ms   41%       0    0    0     0      "
	    "0");
	ck_assert_ptr_nonnull(
	    line_with("connected      pending 3, delivered 1.0/s, dropped 0"));
	ck_assert_ptr_nonnull(
	    line_with("on disk        256 KiB, oldest 2m; events -"));
	ck_assert_ptr_nonnull(line_with("1.0% of a CPU, 17 MiB"));
	ck_assert_ptr_nonnull(line_with("since its start"));
}
END_TEST

START_TEST(it_speaks_chinese)
{
	tongue_set("zh");
	draw();
	ck_assert_str_eq(f.lines[1].text, "全部正常");
	ck_assert_ptr_nonnull(line_with("设备：1 台，离线 0"));
	ck_assert_ptr_nonnull(line_with("已落盘"));
}
END_TEST

START_TEST(alarms_come_first_and_hidden_ones_are_counted)
{
	know(well, some_alarms);
	draw();
	ck_assert_str_eq(f.lines[1].text, "alarms P1 1, P3 1");
	ck_assert_int_eq(f.lines[1].style, TOP_BAD);
	ck_assert_str_eq(
	    f.lines[2].text, "alarms: 2, not acknowledged 1, hidden 1");
	ck_assert_ptr_nonnull(strstr(f.lines[3].text,
	    " P1 UNACK            3m building 3: trapped?[2J  "
	    "lift-3-1/entrapment"));
	ck_assert_int_eq(f.lines[3].style, TOP_BAD);
	ck_assert_ptr_nonnull(
	    strstr(f.lines[4].text, " P3 ACKED Wang       1m heavy load"));
	ck_assert_int_eq(f.lines[4].style, TOP_PLAIN);
	ck_assert_ptr_null(line_with("lift-9"));
}
END_TEST

/* Who acknowledges it needs its key. */
START_TEST(a_long_alarm_keeps_its_key)
{
	know(well, some_alarms);
	view.columns = 62;
	draw();
	ck_assert_str_eq(f.lines[3].text,
	    " P1 UNACK            3m building 3: trap~  "
	    "lift-3-1/entrapment");
	view.columns = 50;
	draw();
	ck_assert_str_eq(f.lines[3].text,
	    " P1 UNACK            3m building 3: trapped?[2J   ");
}
END_TEST

START_TEST(a_device_offline_is_told_with_since_when)
{
	put_offline(3);
	offline[1].since_ms = 0;
	offline[2].unsure = true;
	draw();
	ck_assert_str_eq(f.lines[1].text, "devices offline 3");
	ck_assert_int_eq(f.lines[1].style, TOP_WARN);
	ck_assert_ptr_nonnull(line_with("lift-1 "));
	ck_assert_ptr_nonnull(
	    strstr(line_with("lift-1 ")->text, "11-21 01:50       3m"));
	ck_assert_ptr_nonnull(
	    strstr(line_with("lift-2 ")->text, "                     -"));
	ck_assert_ptr_nonnull(
	    strstr(line_with("lift-3 ")->text, "11-21 01:50?       3m"));
}
END_TEST

static const char busy[] =
    "riser_missed_periods_total{bus=\"calm\"} 0\n"
    "riser_bus_load_ratio{bus=\"calm\"} 0.2\n"
    "riser_requests_total{bus=\"noisy\",result=\"crc\"} 8\n"
    "riser_bus_load_ratio{bus=\"noisy\"} 0.2\n"
    "riser_missed_periods_total{bus=\"slow\"} 12\n"
    "riser_bus_load_ratio{bus=\"slow\"} 1.33\n"
    "riser_bus_cycle_seconds{bus=\"dead\"} 3.5\n"
    "riser_bus_load_ratio{bus=\"dead\"} 5.9\n"
    "riser_requests_total{bus=\"dead\",result=\"timeout\"} 90\n"
    "riser_device_up{device=\"tx-1\"} 1\n"
    "riser_clock_synced 1\n";

START_TEST(the_worst_bus_comes_first)
{
	know(busy, no_alarms);
	figures->buses[3].offline = 4;
	draw();
	ck_assert_str_eq(f.lines[1].text, "buses down 1, buses late 1");
	ck_assert_int_eq(f.lines[1].style, TOP_BAD);
	ck_assert_uint_lt(place_of(" dead"), place_of(" slow"));
	ck_assert_uint_lt(place_of(" slow"), place_of(" noisy"));
	ck_assert_uint_lt(place_of(" noisy"), place_of(" calm"));
	ck_assert_int_eq(line_with(" dead")->style, TOP_BAD);
	ck_assert_int_eq(line_with(" slow")->style, TOP_WARN);
	ck_assert_int_eq(line_with(" noisy")->style, TOP_WARN);
	ck_assert_int_eq(line_with(" calm")->style, TOP_PLAIN);
}
END_TEST

START_TEST(cycle_and_load_are_those_of_who_is_online)
{
	know(busy, no_alarms);
	figures->buses[3].offline = 4;
	draw();
	ck_assert_ptr_null(line_with("590%"));
	ck_assert_ptr_null(line_with("3.500 s"));
	figures->buses[3].offline = 1;
	draw();
	ck_assert_ptr_null(strstr(f.lines[1].text, "down"));
	ck_assert_ptr_nonnull(line_with("590%"));
	ck_assert_ptr_nonnull(strstr(line_with(" dead")->text, " 3/4"));
	ck_assert_ptr_nonnull(strstr(line_with(" dead")->text, " 90 "));
}
END_TEST

START_TEST(sinks_store_and_clock_can_be_what_is_wrong)
{
	know("riser_sink_connected{sink=\"influx\"} 0\n"
	     "riser_journal_in_memory 1\n"
	     "riser_clock_synced 0\n",
	    no_alarms);
	draw();
	ck_assert_str_eq(f.lines[1].text,
	    "readings are in memory only, influx not connected, clock not set");
	ck_assert_int_eq(f.lines[1].style, TOP_BAD);
	ck_assert_int_eq(line_with("IN MEMORY")->style, TOP_BAD);
	ck_assert_int_eq(line_with("NOT CONNECTED")->style, TOP_WARN);
	ck_assert_int_eq(line_with("NOT SET")->style, TOP_WARN);
	know("riser_journal_failing 1\n", no_alarms);
	draw();
	ck_assert_str_eq(f.lines[1].text, "the disk takes nothing");
}
END_TEST

/* ---- life and death ---- */

START_TEST(nothing_is_well_when_nobody_answers)
{
	p.why = "";
	p.gone = true;
	p.silent_ms = p.heartbeat_ms = 12000;
	draw();
	ck_assert_ptr_nonnull(strstr(f.lines[0].text, "heartbeat 12.0 s ago"));
	ck_assert_ptr_nonnull(strstr(f.lines[1].text,
	    "NO GATEWAY RUNS for 12s; below is what was at 01:53:19"));
	ck_assert_int_eq(f.lines[1].style, TOP_BAD);
	ck_assert_ptr_null(line_with("nothing is wrong"));
	for (size_t i = 2; i < f.count; i++)
		ck_assert_int_eq(f.lines[i].style, TOP_FAINT);
}
END_TEST

/* Of a question that hangs nobody has said yet that it failed. */
START_TEST(silence_is_no_answer)
{
	p.silent_ms = 5001;
	draw();
	ck_assert_ptr_nonnull(strstr(f.lines[1].text, "NO ANSWER for 5s"));
	p.silent_ms = 4000;
	draw();
	ck_assert_str_eq(f.lines[1].text, "nothing is wrong");
	p.why = "the gateway answers 503\033[2J";
	draw();
	ck_assert_ptr_nonnull(
	    strstr(f.lines[1].text, "; the gateway answers 503?[2J"));
}
END_TEST

START_TEST(a_loop_that_stands_is_told)
{
	p.heartbeat_ms = 5300;
	draw();
	ck_assert_str_eq(f.lines[1].text, "THE GATEWAY HANGS: no value is new");
	ck_assert_int_eq(f.lines[1].style, TOP_BAD);
}
END_TEST

/* ---- the room there is ---- */

START_TEST(no_line_is_wider_than_the_screen)
{
	know(busy, some_alarms);
	put_offline(30);
	for (int zh = 0; zh < 2; zh++)
		for (view.columns = 1; view.columns < 140; view.columns++) {
			tongue_set(zh ? "zh" : "en");
			draw();
			for (size_t i = 0; i < f.count; i++)
				ck_assert_uint_le(
				    fit_width(f.lines[i].text), view.columns);
		}
}
END_TEST

START_TEST(there_are_no_more_lines_than_rows)
{
	know(busy, some_alarms);
	put_offline(30);
	view.keys = true;
	for (view.rows = 1; view.rows < 60; view.rows++)
		for (int list = 0; list < TOP_LIST_COUNT; list++) {
			view.list = (enum top_list)list;
			draw();
			ck_assert_uint_le(f.count, view.rows);
			if (list == TOP_ALL && view.rows >= 12)
				ck_assert_ptr_nonnull(line_with(" q quits"));
		}
}
END_TEST

START_TEST(a_narrow_screen_keeps_what_matters)
{
	know(busy, no_alarms);
	view.columns = 59;
	draw();
	ck_assert_ptr_nonnull(line_with(
	    " bus   devices    cycle  load timeout  crc  exc missed"));
	view.columns = 50;
	draw();
	ck_assert_ptr_nonnull(
	    line_with(" bus   devices  load timeout  crc  exc missed"));
	ck_assert_ptr_nonnull(line_with(" noisy"));
	view.columns = 39;
	draw();
	ck_assert_ptr_nonnull(line_with(" bus   devices  load timeout missed"));
}
END_TEST

START_TEST(lists_share_the_room_and_say_what_they_leave_out)
{
	know(busy, some_alarms);
	put_offline(30);
	view.rows = 2 + 4 + 2 + 9;
	draw();
	ck_assert_uint_eq(f.count, view.rows);
	ck_assert_ptr_nonnull(
	    line_with("alarms: 2, not acknowledged 1, hidden 1"));
	ck_assert_ptr_null(strstr(line_with("alarms: 2")->text, "here"));
	ck_assert_ptr_nonnull(
	    line_with("devices: 1, offline 30 (here 1 to 4)"));
	ck_assert_ptr_nonnull(line_with("(here 1 to 3); counts"));
}
END_TEST

START_TEST(one_list_can_have_all_the_room_and_has_pages)
{
	know(busy, some_alarms);
	put_offline(30);
	view.list = TOP_DEVICES;
	view.rows = 2 + 4 + 2 + 12;
	draw();
	ck_assert_ptr_nonnull(line_with("(here 1 to 12)"));
	ck_assert_ptr_null(line_with("entrapment"));
	view.page = 2;
	draw();
	ck_assert_ptr_nonnull(line_with("(here 25 to 30)"));
	ck_assert_ptr_nonnull(line_with(" lift-30 "));
	view.page = 3;
	draw();
	ck_assert_ptr_nonnull(line_with("(here 1 to 12)"));
}
END_TEST

static TCase *
room_tests(void)
{
	TCase *tc = tcase_create("room");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_line_is_wider_than_the_screen);
	tcase_add_test(tc, there_are_no_more_lines_than_rows);
	tcase_add_test(tc, a_narrow_screen_keeps_what_matters);
	tcase_add_test(tc, lists_share_the_room_and_say_what_they_leave_out);
	tcase_add_test(tc, one_list_can_have_all_the_room_and_has_pages);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("top_frame");
	TCase *tc = tcase_create("what it says");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, where_all_is_well_it_says_so);
	tcase_add_test(tc, it_speaks_chinese);
	tcase_add_test(tc, alarms_come_first_and_hidden_ones_are_counted);
	tcase_add_test(tc, a_long_alarm_keeps_its_key);
	tcase_add_test(tc, a_device_offline_is_told_with_since_when);
	tcase_add_test(tc, the_worst_bus_comes_first);
	tcase_add_test(tc, cycle_and_load_are_those_of_who_is_online);
	tcase_add_test(tc, sinks_store_and_clock_can_be_what_is_wrong);
	tcase_add_test(tc, nothing_is_well_when_nobody_answers);
	tcase_add_test(tc, silence_is_no_answer);
	tcase_add_test(tc, a_loop_that_stands_is_told);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, room_tests());
	return suite_run(s);
}
