/*
 * test_retained.c - which retained messages are due, when, and in what order
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/sinks/retained.h"
#include "tests/suite.h"

#define EVERY_MS 10000

static struct retained *r;
static struct live_view view;
static struct live_device devices[300];
static struct retained_job job;

/* count devices called d<from>, d<from + 1>, ... */
static struct catalog *
catalog_of(int from, uint16_t count)
{
	struct arena *a = arena_new();
	struct catalog *c = arena_alloc(a, sizeof(*c));
	struct device_info *d = arena_array(a, count, sizeof(*d));
	char id[16];

	for (uint16_t i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "d%d", from + i);
		d[i].id = arena_text(a, id);
	}
	*c = (struct catalog){
	    .device_count = count, .devices = d, .memory = a, .refs = 1};
	return c;
}

static void
look_at(int from, uint16_t count)
{
	catalog_unref(view.catalog);
	view.catalog = catalog_of(from, count);
	retained_look(r, &view);
}

/* The next job as text: "meta 0", "clear-state d7", or "none". */
static const char *
next(int64_t now_ms)
{
	static const char *const kinds[] = {
	    "meta", "state", "clear-state", "clear-meta"};
	static char text[RETAINED_ID_MAX + 16];

	if (!retained_take(r, &view, now_ms, &job))
		return "none";
	if (job.kind == RETAINED_META || job.kind == RETAINED_STATE)
		snprintf(
		    text, sizeof(text), "%s %d", kinds[job.kind], job.device);
	else
		snprintf(text, sizeof(text), "%s %s", kinds[job.kind], job.id);
	return text;
}

static void
take_all(int64_t now_ms)
{
	while (strcmp(next(now_ms), "none") != 0)
		;
}

static void
setup(void)
{
	r = retained_new(EVERY_MS);
	view = (struct live_view){.devices = devices};
	memset(devices, 0, sizeof(devices));
}

static void
teardown(void)
{
	retained_free(r);
	catalog_unref(view.catalog);
}

START_TEST(nothing_is_due_before_there_is_a_view)
{
	ck_assert_str_eq(next(0), "none");
	retained_seen(r, "d9");
	ck_assert_str_eq(next(0), "none"); /* nobody knows whether it exists */
}
END_TEST

START_TEST(a_site_without_devices_has_nothing_due)
{
	look_at(0, 0);
	ck_assert_str_eq(next(0), "none");
}
END_TEST

START_TEST(each_device_is_due_once_a_connection)
{
	look_at(0, 2);
	for (int connection = 0; connection < 2; connection++) {
		ck_assert_str_eq(next(0), "meta 0");
		ck_assert_str_eq(next(0), "state 0");
		ck_assert_str_eq(next(0), "meta 1");
		ck_assert_str_eq(next(0), "state 1");
		ck_assert_str_eq(next(0), "none");
		retained_forget(r);
	}
}
END_TEST

START_TEST(a_new_value_waits_for_its_time)
{
	look_at(0, 1);
	take_all(0);
	devices[0].version++;
	retained_look(r, &view);
	ck_assert_str_eq(next(EVERY_MS - 1), "none");
	retained_look(r, &view);
	ck_assert_str_eq(next(EVERY_MS), "state 0");
	ck_assert_str_eq(next(EVERY_MS), "none");
}
END_TEST

START_TEST(without_a_new_value_nothing_is_repeated)
{
	look_at(0, 1);
	take_all(0);
	retained_look(r, &view);
	ck_assert_str_eq(next(100 * EVERY_MS), "none");
}
END_TEST

START_TEST(a_change_of_quality_or_of_online_does_not_wait)
{
	look_at(0, 2);
	take_all(0);
	devices[0].quality_version++;
	devices[1].online = true;
	retained_look(r, &view);
	ck_assert_str_eq(next(1), "state 0");
	ck_assert_str_eq(next(1), "state 1");
	ck_assert_str_eq(next(1), "none");
}
END_TEST

START_TEST(a_device_that_changes_all_the_time_starves_nobody)
{
	look_at(0, 3);
	take_all(0);
	for (int i = 0; i < 3; i++)
		devices[i].quality_version++;
	retained_look(r, &view);
	for (int i = 0; i < 6; i++) {
		char expect[16];

		snprintf(expect, sizeof(expect), "state %d", i % 3);
		ck_assert_str_eq(next(1), expect);
		devices[i % 3].quality_version++;
		retained_look(r, &view);
	}
}
END_TEST

START_TEST(what_left_is_cleared_state_first_and_the_rest_is_told_anew)
{
	look_at(0, 2);
	take_all(0);
	look_at(1, 1); /* d0 left, d1 is number 0 now */
	ck_assert_str_eq(next(0), "clear-state d0");
	ck_assert_str_eq(next(0), "clear-meta d0");
	ck_assert_str_eq(next(0), "meta 0");
	ck_assert_str_eq(next(0), "state 0");
	ck_assert_str_eq(next(0), "none");
}
END_TEST

START_TEST(what_the_broker_holds_of_nobody_is_cleared_once)
{
	look_at(0, 1);
	take_all(0);
	retained_seen(r, "d0"); /* exists */
	retained_seen(r, "d7");
	retained_seen(r, "d7");
	ck_assert_str_eq(next(0), "clear-state d7");
	ck_assert_str_eq(next(0), "clear-meta d7");
	ck_assert_str_eq(next(0), "none");
}
END_TEST

START_TEST(what_comes_back_before_it_is_cleared_is_not_cleared)
{
	look_at(0, 1);
	take_all(0);
	retained_seen(r, "d1");
	look_at(0, 2);
	ck_assert_str_eq(next(0), "meta 0");
	take_all(0);
	ck_assert_int_ne(job.kind, RETAINED_CLEAR_META);
}
END_TEST

START_TEST(an_id_that_is_too_long_is_not_noted)
{
	char id[RETAINED_ID_MAX + 1];

	look_at(0, 1);
	take_all(0);
	memset(id, 'x', sizeof(id));
	id[RETAINED_ID_MAX] = '\0';
	retained_seen(r, id);
	ck_assert_str_eq(next(0), "none");
	id[RETAINED_ID_MAX - 1] = '\0';
	retained_seen(r, id);
	ck_assert(strncmp(next(0), "clear-state xxx", 15) == 0);
}
END_TEST

START_TEST(of_too_many_some_are_noted)
{
	char id[16];
	int cleared = 0;

	look_at(0, 1);
	take_all(0);
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "ghost-%d", i);
		retained_seen(r, id);
	}
	while (strncmp(next(0), "clear", 5) == 0)
		cleared++;
	ck_assert_int_eq(cleared, 2 * 256);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("retained");
	TCase *t = tcase_create("retained");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_due_before_there_is_a_view);
	tcase_add_test(t, a_site_without_devices_has_nothing_due);
	tcase_add_test(t, each_device_is_due_once_a_connection);
	tcase_add_test(t, a_new_value_waits_for_its_time);
	tcase_add_test(t, without_a_new_value_nothing_is_repeated);
	tcase_add_test(t, a_change_of_quality_or_of_online_does_not_wait);
	tcase_add_test(t, a_device_that_changes_all_the_time_starves_nobody);
	tcase_add_test(
	    t, what_left_is_cleared_state_first_and_the_rest_is_told_anew);
	tcase_add_test(t, what_the_broker_holds_of_nobody_is_cleared_once);
	tcase_add_test(t, what_comes_back_before_it_is_cleared_is_not_cleared);
	tcase_add_test(t, an_id_that_is_too_long_is_not_noted);
	tcase_add_test(t, of_too_many_some_are_noted);
	suite_add_tcase(s, t);
	return suite_run(s);
}
