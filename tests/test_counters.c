/* counters.c: what was counted goes on over falls, restarts and reloads. */
#include <stdlib.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/counters.h"
#include "gateway/events.h"
#include "tests/chronicle_help.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define MINUTE_MS (60 * 1000)

/* Of a lift, the first device. */
static struct conf *conf;
static struct counters *counters;
static uint16_t trips, energy;
static struct stamp now;

static uint16_t
point_of(const char *name)
{
	for (size_t i = 0; i < conf->devices[0].point_count; i++)
		if (strcmp(conf->devices[0].points[i].name, name) == 0)
			return (uint16_t)i;
	ck_abort_msg("no point %s", name);
}

static void
begin(void)
{
	setenv("TZ", "Asia/Shanghai", 1);
	tzset();
	setup();
	conf =
	    read_good(DEVICES "  - {id: lift-1, " LIFT ", bus: net, unit: 1}\n"
			      "  - {id: tx-1, " METER ", bus: net, unit: 2}\n");
	trips = point_of("trips");
	energy = point_of("energy_import");
	now = (struct stamp){.wall_ms = T0_MS, .mono_ms = 1000, .synced = true};
	counters = counters_new(conf, journal, NULL);
}

static void
finish(void)
{
	counters_free(counters);
	conf_free(conf);
	teardown();
}

static void
read_as(uint16_t point, double value, uint8_t quality)
{
	struct reading r = {.point = point,
	    .quality.code = quality,
	    .value = {.type = VALUE_F64, .f = value}};
	struct batch b = {.count = 1, .readings = &r};

	now.mono_ms += MINUTE_MS;
	now.wall_ms += MINUTE_MS;
	b.at = now;
	counters_take(counters, &b);
}

/* All events of counters, the newest first. */
static char *
told_events(void)
{
	static struct buf out;
	struct chronicle_query q = {.type = "counter", .limit = 100};
	struct err err = {""};

	await_disk(events_stop(journal, &now));
	open_chronicle();
	close_chronicle();
	out.len = 0;
	ck_assert_msg(
	    chronicle_journal(store, &q, &out, &err) == 0, "%s", err.text);
	return out.data;
}

/* By how much the falls took it back, as a stop tells it; -1: nothing is known
 * of it. */
static double
carried(const char *point)
{
	char key[80];
	const char *event, *values, *at;

	counters_stop(counters, &now);
	event = told_events();
	event = strstr(event, "\"why\":\"stop\"");
	snprintf(key, sizeof(key), "\"%s\":", point);
	if (event == NULL || (values = strstr(event, key)) == NULL)
		return -1;
	at = strstr(event, "\"carried\"");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, key);
	return at == NULL || at > strchr(strstr(event, "\"carried\""), '}')
	    ? 0
	    : strtod(at + strlen(key), NULL);
}

static const struct {
	const char *what;
	double values[8];
	uint8_t qualities[8];
	size_t count;
	double carried, falls;
} rows[] = {
    {"what rises never fell", {1, 2, 3, 3, 10}, {0}, 5, 0, 0},
    {"replaced by one that begins at nothing", {81231, 0, 0, 5}, {0}, 4, 81231,
	1},
    {"replaced by one that counts already", {81231, 3, 4}, {0}, 3, 81228, 1},
    {"preset to a little less than the old one", {1000, 990, 991}, {0}, 3, 10,
	1},
    {"one wrong answer", {81231, 0, 81231, 81232}, {0}, 4, 0, 0},
    {"two wrong answers apart", {81231, 0, 81231, 7, 81232}, {0}, 5, 0, 0},
    {"a float's last digit", {12345.67, 12345.66, 12345.66, 12345.67}, {0}, 4,
	0, 0},
    {"a controller that saved it a moment before", {81231, 81200, 81200, 81205},
	{0}, 4, 0, 0},
    {"twice", {100, 0, 1, 50, 0, 2}, {0}, 6, 150, 2},
    {"falling on while it is confirmed", {100, 50, 3, 4}, {0}, 4, 97, 1},
    {"a bad reading confirms nothing", {100, 0, 0}, {0, 0, QUALITY_BAD_TIMEOUT},
	3, 0, 0},
    {"an uncertain one neither", {100, 0, 0}, {0, 0, QUALITY_UNCERTAIN_RANGE},
	3, 0, 0},
    {"a simulated one neither", {100, 0, 0}, {0, 0, QUALITY_SIMULATED}, 3, 0,
	0},
    {"a controller that says zeros while it starts",
	{81231, 0, 0, 0, 81231, 81232}, {0}, 6, 0, 1},
    {"the same, and it saved its count a moment before",
	{81231, 0, 0, 81230, 81232}, {0}, 5, 0, 1},
    {"preset to the old one's count by the mechanic", {81231, 0, 0, 7, 81240},
	{0}, 5, 0, 1},
    {"replaced, and years later at the same height",
	{100, 0, 0, 40, 80, 99, 101, 120}, {0}, 8, 100, 1},
    {"replaced, and not heard of for years", {100, 0, 1, 300, 301}, {0}, 5, 100,
	1},
    {"from nothing", {0, 0, 1}, {0}, 3, 0, 0},
};

START_TEST(a_fall_is_carried_once_it_is_confirmed)
{
	const char *at;
	double falls = 0, c;

	begin();
	for (size_t i = 0; i < rows[_i].count; i++)
		read_as(trips, rows[_i].values[i],
		    rows[_i].qualities[i] ? rows[_i].qualities[i]
					  : QUALITY_GOOD);
	c = carried("trips");
	ck_assert_msg(
	    c == rows[_i].carried, "%s: %g", rows[_i].what, carried("trips"));
	for (at = told_events(); (at = strstr(at, "\"why\":\"fall\"")); at++)
		falls++;
	ck_assert_msg(falls == rows[_i].falls, "%s: %g", rows[_i].what, falls);
	finish();
}
END_TEST

START_TEST(nothing_is_known_before_a_good_reading)
{
	begin();
	read_as(trips, 5, QUALITY_BAD_CRC);
	ck_assert_double_eq(carried("trips"), -1);
	finish();
}
END_TEST

START_TEST(a_fall_says_both_registers)
{
	begin();
	read_as(trips, 81231, QUALITY_GOOD);
	read_as(trips, 3, QUALITY_GOOD);
	read_as(trips, 5, QUALITY_GOOD);
	ck_assert_ptr_nonnull(strstr(told_events(),
	    "\"type\":\"counter\",\"device\":\"lift-1\",\"why\":\"fall\","
	    "\"was\":81231,\"values\":{\"trips\":5},"
	    "\"carried\":{\"trips\":81228}"));
	finish();
}
END_TEST

START_TEST(each_midnight_says_what_each_device_has_counted)
{
	char *said;

	begin();
	read_as(trips, 10, QUALITY_GOOD);
	read_as(energy, 2.5, QUALITY_GOOD);
	counters_tick(counters, &now);
	now.mono_ms += HOUR_MS;
	now.wall_ms += HOUR_MS;
	counters_tick(counters, &now);
	ck_assert_ptr_null(strstr(told_events(), "counter"));
	now.mono_ms += 24 * HOUR_MS;
	now.wall_ms += 24 * HOUR_MS;
	counters_tick(counters, &now);
	said = told_events();
	ck_assert_ptr_nonnull(strstr(said,
	    "\"why\":\"day\",\"values\":{\"trips\":10,\"energy_import\":2.5},"
	    "\"carried\":{}"));
	/* tx-1 was never read */
	ck_assert_ptr_null(strstr(said, "tx-1"));
	finish();
}
END_TEST

START_TEST(a_restart_goes_on_with_what_was_told_last)
{
	begin();
	read_as(trips, 500, QUALITY_GOOD);
	read_as(trips, 0, QUALITY_GOOD);
	read_as(trips, 1, QUALITY_GOOD);
	read_as(trips, 700, QUALITY_GOOD);
	read_as(energy, 2.5, QUALITY_GOOD);
	counters_stop(counters, &now);
	told_events();
	counters_free(counters);
	counters = counters_new(conf, journal, NULL);
	counters_restore(counters, store);
	ck_assert_double_eq(carried("trips"), 500);
	ck_assert_double_eq(carried("energy_import"), 0);
	/* replaced while riser was away */
	read_as(trips, 20, QUALITY_GOOD);
	read_as(trips, 21, QUALITY_GOOD);
	ck_assert_double_eq(carried("trips"), 500 + 700 - 20);
	finish();
}
END_TEST

START_TEST(a_reload_goes_on_by_name)
{
	struct conf *old;

	begin();
	read_as(trips, 500, QUALITY_GOOD);
	read_as(trips, 0, QUALITY_GOOD);
	read_as(trips, 1, QUALITY_GOOD);
	old = conf;
	conf = read_good(
	    DEVICES "  - {id: tx-1, " METER ", bus: net, unit: 2}\n"
		    "  - {id: lift-1, " LIFT ", bus: net, unit: 1}\n");
	counters = counters_new(conf, journal, counters);
	conf_free(old);
	ck_assert_double_eq(carried("trips"), 500);
	finish();
}
END_TEST

START_TEST(a_store_without_events_is_a_beginning)
{
	begin();
	counters_restore(counters, store);
	ck_assert_double_eq(carried("trips"), -1);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("counters");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(
	    t, a_fall_is_carried_once_it_is_confirmed, 0, ROWS(rows));
	tcase_add_test(t, nothing_is_known_before_a_good_reading);
	tcase_add_test(t, a_fall_says_both_registers);
	tcase_add_test(t, each_midnight_says_what_each_device_has_counted);
	tcase_add_test(t, a_restart_goes_on_with_what_was_told_last);
	tcase_add_test(t, a_reload_goes_on_by_name);
	tcase_add_test(t, a_store_without_events_is_a_beginning);
	suite_add_tcase(s, t);
	return suite_run(s);
}
