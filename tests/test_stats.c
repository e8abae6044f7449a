/*
 * test_stats.c - /metrics is what Prometheus reads, and reloads lose nothing
 */
#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/stats.h"
#include "tests/suite.h"

#define THREADS 4
#define ADDS 100000

static struct buf page;

static void
teardown(void)
{
	buf_free(&page);
}

static const char *
print(void)
{
	buf_clear(&page);
	stats_print(&page);
	return page.data;
}

/* What stands before the process_* figures, whose values we cannot know. */
static const char *
print_ours(void)
{
	char *rest;

	print();
	rest = strstr(page.data, "# HELP process_");
	ck_assert_ptr_nonnull(rest);
	*rest = '\0';
	return page.data;
}

static double
figure(const char *name)
{
	char wanted[80];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\n%s ", name);
	at = strstr(print(), wanted);
	ck_assert_msg(at != NULL, "no %s", name);
	return strtod(at + strlen(wanted), NULL);
}

static struct stat_series *
get_requests(const char *labels)
{
	return stat_get(
	    STAT_COUNTER, "riser_requests_total", "Requests sent.", labels);
}

START_TEST(series_of_a_name_stand_together_under_one_header)
{
	struct stat_series *b = get_requests("bus=\"b\"");
	struct stat_series *up =
	    stat_get(STAT_GAUGE, "riser_device_up", "Whether it answers.", "");
	struct stat_series *a = get_requests("bus=\"a\"");

	stat_add(a, 1);
	stat_add(b, 2);
	stat_set(up, 0.5);
	ck_assert_str_eq(print_ours(),
	    "# HELP riser_device_up Whether it answers.\n"
	    "# TYPE riser_device_up gauge\n"
	    "riser_device_up 0.5\n"
	    "# HELP riser_requests_total Requests sent.\n"
	    "# TYPE riser_requests_total counter\n"
	    "riser_requests_total{bus=\"a\"} 1\n"
	    "riser_requests_total{bus=\"b\"} 2\n");
	stat_put(a), stat_put(b), stat_put(up), stat_put(NULL);
}
END_TEST

START_TEST(the_first_help_of_a_name_counts)
{
	struct stat_series *b =
	    stat_get(STAT_GAUGE, "x", "first\\line\n\"two\"", "l=\"b\"");
	struct stat_series *a = stat_get(STAT_GAUGE, "x", "later", "l=\"a\"");

	ck_assert_str_eq(print_ours(),
	    "# HELP x first\\\\line\\n\"two\"\n"
	    "# TYPE x gauge\nx{l=\"a\"} 0\nx{l=\"b\"} 0\n");
	stat_put(a), stat_put(b);
}
END_TEST

START_TEST(a_name_that_begins_like_another_is_another)
{
	struct stat_series *longer = stat_get(STAT_GAUGE, "x_y", "l", "");
	struct stat_series *shorter = stat_get(STAT_COUNTER, "x", "s", "");

	ck_assert_str_eq(print_ours(),
	    "# HELP x s\n# TYPE x counter\nx 0\n"
	    "# HELP x_y l\n# TYPE x_y gauge\nx_y 0\n");
	stat_put(longer), stat_put(shorter);
}
END_TEST

START_TEST(a_series_lives_as_long_as_somebody_holds_it)
{
	struct stat_series *before = get_requests("bus=\"a\"");
	struct stat_series *after;

	stat_add(before, 41);
	after = get_requests("bus=\"a\"");
	stat_put(before);
	stat_add(after, 1);
	ck_assert_uint_eq(stat_count(after), 42);
	stat_put(after);
	ck_assert_str_eq(print_ours(), "");
	after = get_requests("bus=\"a\"");
	ck_assert_uint_eq(stat_count(after), 0);
	stat_put(after);
}
END_TEST

START_TEST(one_series_goes_and_its_kin_stay)
{
	struct stat_series *a = get_requests("bus=\"a\"");
	struct stat_series *b = get_requests("bus=\"b\"");
	struct stat_series *c = get_requests("bus=\"c\"");

	stat_put(b);
	ck_assert_ptr_null(strstr(print(), "bus=\"b\""));
	ck_assert_ptr_nonnull(strstr(page.data, "bus=\"a\""));
	ck_assert_ptr_nonnull(strstr(page.data, "bus=\"c\""));
	stat_put(a), stat_put(c);
}
END_TEST

static const struct {
	double value;
	const char *expect;
} gauges[] = {
    {0, "\ng 0\n"},
    {-0.25, "\ng -0.25\n"},
    {2147483648, "\ng 2147483648\n"},
    {1e300, "\ng 1e+300\n"},
    {(double)NAN, "\ng NaN\n"},
    {(double)INFINITY, "\ng +Inf\n"},
    {-(double)INFINITY, "\ng -Inf\n"},
};

START_TEST(a_gauge_is_printed_in_the_text_form)
{
	struct stat_series *g = stat_get(STAT_GAUGE, "g", "A gauge.", "");

	stat_set(g, gauges[_i].value);
	ck_assert_ptr_nonnull(strstr(print(), gauges[_i].expect));
	stat_put(g);
}
END_TEST

START_TEST(a_counter_has_64_bits)
{
	struct stat_series *s = get_requests("");

	stat_add(s, UINT64_MAX - 1);
	stat_add(s, 1);
	ck_assert_ptr_nonnull(
	    strstr(print(), "\nriser_requests_total 18446744073709551615\n"));
	stat_put(s);
}
END_TEST

START_TEST(a_name_of_two_types_is_a_bug)
{
	get_requests("bus=\"a\"");
	stat_get(STAT_GAUGE, "riser_requests_total", "", "bus=\"b\"");
}
END_TEST

START_TEST(setting_a_counter_is_a_bug)
{
	stat_set(get_requests(""), 1);
}
END_TEST

START_TEST(adding_to_a_gauge_is_a_bug)
{
	stat_add(stat_get(STAT_GAUGE, "g", "A gauge.", ""), 1);
}
END_TEST

static void
print_ledger(struct buf *out, void *arg)
{
	const int *value = arg;

	buf_printf(out, "ledger %d\n", *value);
}

START_TEST(sources_print_in_the_order_they_came_until_they_are_gone)
{
	int one = 1, two = 2, three = 3;

	stats_source(print_ledger, &one);
	stats_source(print_ledger, &two);
	stats_source(print_ledger, &three);
	ck_assert_str_eq(print_ours(), "ledger 1\nledger 2\nledger 3\n");
	stats_source_gone(&two);
	stats_source_gone(&two); /* twice is harmless */
	ck_assert_str_eq(print_ours(), "ledger 1\nledger 3\n");
	stats_source_gone(&one);
	stats_source_gone(&three);
	ck_assert_str_eq(print_ours(), "");
}
END_TEST

static const struct {
	const char *before, *value, *expect;
} labels[] = {
    {"", "shaft-3", "bus=\"shaft-3\""}, {"a=\"1\"", "b", "a=\"1\",bus=\"b\""},
    {"", "", "bus=\"\""}, {"", "a\"b\\c\nd", "bus=\"a\\\"b\\\\c\\nd\""},
    {"", "电梯", "bus=\"电梯\""}, {"", "\xff\xe7\x94", "bus=\"\?\?\?\""},
    {"", "123456789012345678901234", "bus=\"123456789012345678901234\""},
    {"", "1234567890123456789012345", ""}, /* does not fit */
    {"a=\"1\"", "\"\"\"\"\"\"\"\"\"\"\"", "a=\"1\""}, /* when escaped */
};

START_TEST(a_label_is_escaped_and_appended)
{
	char text[31];

	strcpy(text, labels[_i].before);
	stat_label(text, sizeof(text), "bus", labels[_i].value);
	ck_assert_str_eq(text, labels[_i].expect);
}
END_TEST

START_TEST(descriptors_are_counted_without_the_one_that_counts)
{
	int count = 0;

	for (int fd = 0; fd < sysconf(_SC_OPEN_MAX); fd++)
		count += fcntl(fd, F_GETFD) != -1;
	ck_assert_double_eq(figure("process_open_fds"), count);
}
END_TEST

START_TEST(the_process_figures_are_believable)
{
	double now_s = (double)time(NULL);

	ck_assert_double_eq(
	    figure("process_max_fds"), (double)sysconf(_SC_OPEN_MAX));
	ck_assert_double_ge(figure("process_threads"), 1);
	ck_assert_double_ge(figure("process_cpu_seconds_total"), 0);
	ck_assert_double_gt(figure("process_resident_memory_bytes"), 100000);
	ck_assert_double_gt(figure("process_virtual_memory_bytes"),
	    figure("process_resident_memory_bytes"));
	ck_assert_double_eq_tol(
	    figure("process_start_time_seconds"), now_s, 60);
}
END_TEST

START_TEST(the_process_figures_grow_with_what_is_used)
{
	double cpu_s = figure("process_cpu_seconds_total");
	double resident = figure("process_resident_memory_bytes");
	size_t size = 32 << 20;
	char *memory = malloc(size);
	clock_t start = clock();

	ck_assert_ptr_nonnull(memory);
	do
		for (size_t i = 0; i < size; i += 512)
			((volatile char *)memory)[i] = (char)i;
	while (clock() < start + CLOCKS_PER_SEC / 20);
	ck_assert_double_gt(figure("process_cpu_seconds_total"), cpu_s);
	ck_assert_double_gt(
	    figure("process_resident_memory_bytes"), resident + 16e6);
	free(memory);
}
END_TEST

/* As a bus does across reloads: gets, adds, gives back. */
static void *
add_many(void *arg)
{
	struct stat_series *mine = NULL;

	(void)arg;
	for (int i = 0; i < ADDS; i++) {
		if (i % 1000 == 0) {
			struct stat_series *next = get_requests("bus=\"a\"");

			stat_put(mine);
			mine = next;
		}
		stat_add(mine, 1);
	}
	stat_put(mine);
	return NULL;
}

START_TEST(threads_lose_no_count_while_the_page_is_printed)
{
	struct stat_series *held = get_requests("bus=\"a\"");
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_ptr_nonnull(strstr(print(), "riser_requests_total"));
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(stat_count(held), THREADS * ADDS);
	stat_put(held);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

static Suite *
make_suite(void)
{
	Suite *s = suite_create("stats");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, series_of_a_name_stand_together_under_one_header);
	tcase_add_test(t, the_first_help_of_a_name_counts);
	tcase_add_test(t, a_name_that_begins_like_another_is_another);
	tcase_add_test(t, a_series_lives_as_long_as_somebody_holds_it);
	tcase_add_test(t, one_series_goes_and_its_kin_stay);
	tcase_add_loop_test(
	    t, a_gauge_is_printed_in_the_text_form, 0, LENGTH(gauges));
	tcase_add_test(t, a_counter_has_64_bits);
	tcase_add_test_raise_signal(t, a_name_of_two_types_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(t, setting_a_counter_is_a_bug, SIGABRT);
	tcase_add_test_raise_signal(t, adding_to_a_gauge_is_a_bug, SIGABRT);
	tcase_add_test(
	    t, sources_print_in_the_order_they_came_until_they_are_gone);
	tcase_add_loop_test(
	    t, a_label_is_escaped_and_appended, 0, LENGTH(labels));
	tcase_add_test(t, descriptors_are_counted_without_the_one_that_counts);
	tcase_add_test(t, the_process_figures_are_believable);
	tcase_add_test(t, the_process_figures_grow_with_what_is_used);
	tcase_add_test(t, threads_lose_no_count_while_the_page_is_printed);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
