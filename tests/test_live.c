/*
 * test_live.c - the live table, from the loop's side and from others' threads
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/store/live.h"
#include "tests/suite.h"

static const struct quality good = {.code = QUALITY_GOOD};
static const struct quality silent = {.code = QUALITY_BAD_TIMEOUT};
static const struct quality stale = {.code = QUALITY_STALE};

static struct live *live;

/* ---- catalogs ---- */

static const struct point_info tx_points[] = {
    {.name = "power", .unit = "kW", .role = ""},
    {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
};
static const struct point_info lift_points[] = {
    {.name = "floor", .unit = "", .role = ""},
};
static const struct device_info estate[] = {
    {.id = "tx-1", .point_count = 2, .points = tx_points},
    {.id = "lift-1", .point_count = 1, .points = lift_points},
};

/* The estate after an edit: another order, a new device and a new point; power
 * is in W now, and the floor has become a text. */
static const struct point_info tx_points_new[] = {
    {.name = "frequency", .unit = "Hz", .role = ""},
    {.name = "label", .unit = "", .role = "", .form = FORM_TEXT},
    {.name = "power", .unit = "W", .role = ""},
};
static const struct point_info lift_points_new[] = {
    {.name = "floor", .unit = "", .role = "", .form = FORM_TEXT},
};
static const struct device_info estate_new[] = {
    {.id = "lift-1", .point_count = 1, .points = lift_points_new},
    {.id = "lift-2", .point_count = 1, .points = lift_points},
    {.id = "tx-1", .point_count = 3, .points = tx_points_new},
};

static struct catalog *
catalog_of(const struct device_info *devices, uint16_t count)
{
	struct arena *memory = arena_new();
	struct catalog *c = arena_alloc(memory, sizeof(*c));

	*c = (struct catalog){count, devices, memory, 1};
	return c;
}

static void
use_catalog(const struct device_info *devices, uint16_t count)
{
	struct catalog *c = catalog_of(devices, count);

	live_catalog(live, c);
	catalog_unref(c); /* live keeps its own */
}

static void
setup(void)
{
	live = live_new();
	use_catalog(estate, 2);
}

static void
teardown(void)
{
	live_free(live);
}

/* ---- readings ---- */

static struct stamp
at_ms(int64_t mono_ms)
{
	return (struct stamp){.mono_ms = mono_ms, .wall_ms = 1000000 + mono_ms};
}

static bool
set_number(uint16_t device, uint16_t point, struct quality q, double f,
    int64_t mono_ms)
{
	struct stamp at = at_ms(mono_ms);
	struct reading r = {.point = point, .quality = q};

	if (quality_has_value(q))
		r.value = (struct value){VALUE_F64, .f = f};
	return live_set(live, device, &r, &at);
}

static void
set_label(const char *text, int64_t mono_ms)
{
	struct stamp at = at_ms(mono_ms);
	struct reading r = {.point = 1, .quality = good};

	r.value.type = VALUE_TEXT;
	snprintf(r.value.text, sizeof(r.value.text), "%s", text);
	live_set(live, 0, &r, &at);
}

/* What the eventfd has counted since it was last asked; 0: not readable. */
static uint64_t
rung(int fd)
{
	eventfd_t n = 0;

	if (eventfd_read(fd, &n) == -1)
		ck_assert_int_eq(errno, EAGAIN);
	return n;
}

START_TEST(nothing_was_read_at_first)
{
	const struct live_point *p = live_get(live, 0, 0);

	ck_assert_int_eq(p->quality.code, QUALITY_NEVER);
	ck_assert_int_eq(p->value.type, VALUE_NONE);
	ck_assert_int_eq(p->wall_ms, 0);
}
END_TEST

START_TEST(a_reading_stands_with_the_time_it_was_read)
{
	const struct live_point *p = live_get(live, 1, 0);

	ck_assert(set_number(1, 0, good, 7, 500));
	ck_assert(!set_number(1, 0, good, 8, 600));
	ck_assert_double_eq(p->value.f, 8);
	ck_assert_int_eq(p->wall_ms, 1000600);
	ck_assert_int_eq(p->mono_ms, 600);
	ck_assert_int_eq(p->tried_ms, 600);
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_NEVER);
}
END_TEST

START_TEST(a_failed_read_keeps_the_old_value_with_its_old_time)
{
	const struct live_point *p = live_get(live, 0, 0);

	set_number(0, 0, good, 412.5, 500);
	ck_assert(set_number(0, 0, silent, 0, 1500));
	ck_assert_int_eq(p->quality.code, QUALITY_BAD_TIMEOUT);
	ck_assert_double_eq(p->value.f, 412.5);
	ck_assert_int_eq(p->mono_ms, 500);
	ck_assert_int_eq(p->wall_ms, 1000500);
	ck_assert_int_eq(p->tried_ms, 1500);
}
END_TEST

START_TEST(going_stale_is_no_attempt)
{
	set_number(0, 0, good, 412.5, 500);
	ck_assert(set_number(0, 0, stale, 0, 20000));
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_STALE);
	ck_assert_int_eq(live_get(live, 0, 0)->tried_ms, 500);
}
END_TEST

START_TEST(versions_rise_with_readings_and_with_qualities)
{
	struct live_view v = {0};

	set_number(0, 0, good, 1, 500);
	set_number(0, 0, good, 2, 600);
	set_number(0, 0, silent, 0, 700);
	live_view_take(live, &v);
	ck_assert_uint_eq(v.devices[0].version, 3);
	ck_assert_uint_eq(v.devices[0].quality_version, 2);
	ck_assert_uint_eq(v.devices[1].version, 0);
	ck_assert_uint_eq(v.devices[1].quality_version, 0);
	live_view_free(&v);
}
END_TEST

START_TEST(a_point_that_is_not_there_is_a_bug)
{
	live_get(live, 1, 1);
}
END_TEST

START_TEST(a_device_that_is_not_there_is_a_bug)
{
	live_get(live, 2, 0);
}
END_TEST

/* ---- changes ---- */

START_TEST(only_a_change_of_quality_online_or_names_is_a_change)
{
	uint64_t before = live_change(live);

	set_number(0, 0, good, 1, 500);
	ck_assert_uint_eq(live_change(live), before + 1);
	set_number(0, 0, good, 2, 600);
	ck_assert_uint_eq(live_change(live), before + 1);
	live_set_online(live, 0, false);
	ck_assert_uint_eq(live_change(live), before + 1);
	live_set_online(live, 0, true);
	live_set_online(live, 0, true);
	ck_assert_uint_eq(live_change(live), before + 2);
	use_catalog(estate_new, 3);
	ck_assert_uint_eq(live_change(live), before + 3);
}
END_TEST

START_TEST(every_follower_is_notified_until_it_leaves)
{
	int a = eventfd(0, EFD_NONBLOCK), b = eventfd(0, EFD_NONBLOCK);

	live_notify(live, a);
	live_notify(live, b);
	ck_assert_uint_eq(rung(a), 0);
	set_number(0, 0, good, 1, 500);
	ck_assert_uint_eq(rung(a), 1);
	ck_assert_uint_eq(rung(b), 1);
	set_number(0, 0, good, 2, 600);
	ck_assert_uint_eq(rung(a), 0);
	live_unnotify(live, a);
	live_set_online(live, 0, true);
	ck_assert_uint_eq(rung(a), 0);
	ck_assert_uint_eq(rung(b), 1);
	close(a);
	close(b);
}
END_TEST

START_TEST(a_follower_that_does_not_read_holds_nobody_up)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	live_notify(live, fd);
	ck_assert_int_eq(eventfd_write(fd, UINT64_MAX - 1), 0); /* full */
	live_set_online(live, 0, true);
	ck_assert_uint_eq(rung(fd), UINT64_MAX - 1);
	live_unnotify(live, fd);
	close(fd);
}
END_TEST

START_TEST(a_follower_too_many_is_a_bug)
{
	for (int i = 0; i <= LIVE_NOTIFY_MAX; i++)
		live_notify(live, eventfd(0, EFD_NONBLOCK));
}
END_TEST

START_TEST(a_place_that_was_left_may_be_taken_again)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	for (int i = 0; i < 10 * LIVE_NOTIFY_MAX; i++) {
		live_notify(live, fd);
		live_unnotify(live, fd);
	}
	close(fd);
}
END_TEST

/* ---- views ---- */

START_TEST(a_view_is_a_copy_that_stands_still)
{
	int64_t before_ms = clock_wall_ms();
	struct live_view v = {0};

	set_label("L1", 500);
	live_set_online(live, 0, true);
	live_view_take(live, &v);
	set_label("L2", 600);
	live_set_online(live, 0, false);

	ck_assert_str_eq(v.points[v.first[0] + 1].value.text, "L1");
	ck_assert(v.devices[0].online);
	ck_assert_uint_eq(v.catalog->device_count, 2);
	ck_assert_uint_eq(v.first[2], 3);
	ck_assert_int_ge(v.wall_ms, before_ms);
	ck_assert_int_le(v.wall_ms, clock_wall_ms());
	live_view_free(&v);
}
END_TEST

START_TEST(a_view_taken_again_uses_its_memory_again)
{
	struct live_view v = {0};
	struct live_point *points;

	live_view_take(live, &v);
	points = v.points;
	set_number(0, 0, good, 1, 500);
	live_view_take(live, &v);
	ck_assert_ptr_eq(v.points, points);
	ck_assert_double_eq(v.points[0].value.f, 1);
	live_view_free(&v);
}
END_TEST

START_TEST(a_view_of_one_device_leaves_the_others)
{
	struct live_view v = {0};

	live_view_take(live, &v);
	set_number(0, 0, good, 1, 500);
	set_number(1, 0, good, 7, 500);
	ck_assert(live_view_take_one(live, &v, 1));
	ck_assert_double_eq(v.points[v.first[1]].value.f, 7);
	ck_assert_uint_eq(v.devices[1].version, 1);
	ck_assert_int_eq(v.points[0].quality.code, QUALITY_NEVER);
	ck_assert_uint_eq(v.devices[0].version, 0);
	live_view_free(&v);
}
END_TEST

START_TEST(a_view_of_one_device_is_of_all_when_the_names_changed)
{
	struct live_view v = {0};

	ck_assert(!live_view_take_one(live, &v, 0));
	set_label("L1", 500);
	use_catalog(estate_new, 3);
	ck_assert(!live_view_take_one(live, &v, 1));
	ck_assert_uint_eq(v.catalog->device_count, 3);
	ck_assert_str_eq(v.points[v.first[2] + 1].value.text, "L1");
	ck_assert(live_view_take_one(live, &v, 2));
	live_view_free(&v);
}
END_TEST

START_TEST(a_view_before_there_are_names_is_empty)
{
	struct live *empty = live_new();
	struct live_view v = {0};

	live_view_take(empty, &v);
	ck_assert_ptr_null(v.catalog);
	ck_assert_uint_eq(v.first[0], 0);
	ck_assert(!live_view_take_one(empty, &v, 0));
	live_view_free(&v);
	live_view_free(&v);
	live_free(empty);
	live_free(NULL);
}
END_TEST

START_TEST(a_view_outlives_the_names_it_was_taken_under)
{
	struct live_view v = {0};

	live_view_take(live, &v);
	use_catalog(estate_new, 3);
	live_free(live);
	live = NULL;
	ck_assert_str_eq(v.catalog->devices[1].id, "lift-1");
	live_view_free(&v);
}
END_TEST

/* ---- new names ---- */

START_TEST(values_follow_their_names_into_a_new_catalog)
{
	set_number(0, 0, good, 412.5, 500);
	set_label("L1", 500);
	set_number(1, 0, good, 7, 500);
	live_set_online(live, 0, true);
	use_catalog(estate_new, 3);

	ck_assert_str_eq(live_get(live, 2, 1)->value.text, "L1");
	ck_assert_int_eq(live_get(live, 2, 1)->mono_ms, 500);
	ck_assert_int_eq(live_get(live, 2, 0)->quality.code, QUALITY_NEVER);
	ck_assert_int_eq(live_get(live, 1, 0)->quality.code, QUALITY_NEVER);
}
END_TEST

/* The same name, unit and form: but of another register. */
START_TEST(a_value_does_not_survive_another_definition)
{
	static const struct point_info moved = {
	    .name = "floor", .unit = "", .role = "", .definition = 1};
	static const struct device_info lift = {
	    .id = "lift-1", .point_count = 1, .points = &moved};

	set_number(1, 0, good, 7, 500);
	use_catalog(&lift, 1);
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_NEVER);
}
END_TEST

START_TEST(a_value_does_not_survive_another_definition_of_its_device)
{
	static const struct point_info same = {
	    .name = "floor", .unit = "", .role = ""};
	static const struct device_info moved = {
	    .id = "lift-1", .point_count = 1, .points = &same, .definition = 1};

	set_number(1, 0, good, 7, 500);
	use_catalog(&moved, 1);
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_NEVER);
}
END_TEST

START_TEST(a_value_does_not_survive_another_unit_or_form)
{
	set_number(0, 0, good, 412.5, 500);
	set_number(1, 0, good, 7, 500);
	use_catalog(estate_new, 3);

	ck_assert_int_eq(live_get(live, 2, 2)->quality.code, QUALITY_NEVER);
	ck_assert_int_eq(live_get(live, 2, 2)->value.type, VALUE_NONE);
	ck_assert_int_eq(live_get(live, 0, 0)->quality.code, QUALITY_NEVER);
}
END_TEST

START_TEST(a_device_stays_online_over_new_names)
{
	struct live_view v = {0};

	live_set_online(live, 0, true);
	set_number(0, 0, good, 1, 500);
	use_catalog(estate_new, 3);
	live_view_take(live, &v);
	ck_assert(v.devices[2].online);
	ck_assert_uint_eq(v.devices[2].version, 1);
	ck_assert(!v.devices[0].online);
	ck_assert(!v.devices[1].online);
	live_view_free(&v);
}
END_TEST

/* ---- threads ---- */

#define ROUNDS 3000

static bool writer_done; /* atomic */

/* The same letter all through, and the reading's number in each of its times:
 * a mixture of two readings shows. */
static void
write_letter(int64_t n)
{
	char text[SAMPLE_TEXT_MAX];

	memset(text, 'a' + (int)(n % 26), sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	set_label(text, n);
}

static bool
is_torn(const struct live_view *v, size_t device, size_t point)
{
	const struct live_point *p = &v->points[v->first[device] + point];
	char letter = (char)('a' + p->mono_ms % 26);

	if (p->quality.code == QUALITY_NEVER)
		return p->value.type != VALUE_NONE;
	if (p->wall_ms != 1000000 + p->mono_ms || p->tried_ms != p->mono_ms)
		return true;
	for (size_t i = 0; i < SAMPLE_TEXT_MAX - 1; i++)
		if (p->value.text[i] != letter)
			return true;
	return false;
}

/* Counts the torn views it saw; finds the label by its name each time. */
static void *
read_views(void *torn)
{
	struct live_view v = {0};
	int eye = eventfd(0, EFD_NONBLOCK);

	live_notify(live, eye);
	while (!__atomic_load_n(&writer_done, __ATOMIC_ACQUIRE)) {
		int device, point;

		live_view_take(live, &v);
		device = catalog_find(v.catalog, "tx-1");
		live_view_take_one(live, &v, (uint16_t)device);
		device = catalog_find(v.catalog, "tx-1");
		point = device_find(&v.catalog->devices[device], "label");
		*(int *)torn += is_torn(&v, (size_t)device, (size_t)point);
	}
	live_unnotify(live, eye);
	close(eye);
	live_view_free(&v);
	return NULL;
}

START_TEST(readers_never_see_a_torn_value)
{
	pthread_t readers[2];
	int torn[2] = {0};

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_create(&readers[i], NULL, read_views, &torn[i]), 0);
	for (int64_t n = 1; n <= ROUNDS; n++) {
		write_letter(n);
		live_set_online(live, 0, n % 2 == 0);
	}
	__atomic_store_n(&writer_done, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	ck_assert_int_eq(torn[0] + torn[1], 0);
	ck_assert_int_eq(live_get(live, 0, 1)->mono_ms, ROUNDS);
}
END_TEST

START_TEST(new_names_may_come_while_others_read)
{
	pthread_t readers[2];
	int torn[2] = {0};

	write_letter(1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_create(&readers[i], NULL, read_views, &torn[i]), 0);
	for (int n = 0; n < ROUNDS / 10; n++)
		use_catalog(n % 2 ? estate : estate_new, n % 2 ? 2 : 3);
	__atomic_store_n(&writer_done, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	ck_assert_int_eq(torn[0] + torn[1], 0);
}
END_TEST

static Suite *
live_suite(void)
{
	Suite *s = suite_create("live");
	TCase *tc = tcase_create("live");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60); /* sanitizers on a slow machine */
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_was_read_at_first);
	tcase_add_test(tc, a_reading_stands_with_the_time_it_was_read);
	tcase_add_test(tc, a_failed_read_keeps_the_old_value_with_its_old_time);
	tcase_add_test(tc, going_stale_is_no_attempt);
	tcase_add_test(tc, versions_rise_with_readings_and_with_qualities);
	tcase_add_test_raise_signal(
	    tc, a_point_that_is_not_there_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(
	    tc, a_device_that_is_not_there_is_a_bug, SIGABRT);
	tcase_add_test(
	    tc, only_a_change_of_quality_online_or_names_is_a_change);
	tcase_add_test(tc, every_follower_is_notified_until_it_leaves);
	tcase_add_test(tc, a_follower_that_does_not_read_holds_nobody_up);
	tcase_add_test_raise_signal(tc, a_follower_too_many_is_a_bug, SIGABRT);
	tcase_add_test(tc, a_place_that_was_left_may_be_taken_again);
	tcase_add_test(tc, a_view_is_a_copy_that_stands_still);
	tcase_add_test(tc, a_view_taken_again_uses_its_memory_again);
	tcase_add_test(tc, a_view_of_one_device_leaves_the_others);
	tcase_add_test(
	    tc, a_view_of_one_device_is_of_all_when_the_names_changed);
	tcase_add_test(tc, a_view_before_there_are_names_is_empty);
	tcase_add_test(tc, a_view_outlives_the_names_it_was_taken_under);
	tcase_add_test(tc, values_follow_their_names_into_a_new_catalog);
	tcase_add_test(tc, a_value_does_not_survive_another_unit_or_form);
	tcase_add_test(tc, a_value_does_not_survive_another_definition);
	tcase_add_test(
	    tc, a_value_does_not_survive_another_definition_of_its_device);
	tcase_add_test(tc, a_device_stays_online_over_new_names);
	tcase_add_test(tc, readers_never_see_a_torn_value);
	tcase_add_test(tc, new_names_may_come_while_others_read);
	return s;
}

int
main(void)
{
	return suite_run(live_suite());
}
