/*
 * test_board.c - the board of alarms and the queue of orders, from the loop's
 * side and from others' threads
 */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/store/board.h"
#include "tests/suite.h"

#define PATIENCE_MS 20000 /* for a thread on a busy machine */

static struct board *board;
static int wake_fd;

static void
setup(void)
{
	wake_fd = eventfd(0, EFD_NONBLOCK);
	board = board_new(wake_fd);
}

static void
teardown(void)
{
	board_free(board);
	close(wake_fd);
}

/* What the eventfd has counted since it was last asked; 0: not readable. */
static uint64_t
rung(int fd)
{
	uint64_t count = 0;

	return eventfd_read(fd, &count) == 0 ? count : 0;
}

/* ---- alarms ---- */

static struct board_alarm
alarm_of(const char *key, uint8_t severity, int64_t since_ms, char *members)
{
	struct board_alarm a = {.severity = severity,
	    .since_ms = since_ms,
	    .log = "k3f9a1",
	    .seq = 7,
	    .members = members};

	snprintf(a.key, sizeof(a.key), "%s", key);
	return a;
}

static void
put(const char *key, uint8_t severity, bool hidden, bool unacked,
    int64_t since_ms)
{
	char members[ORDER_KEY_MAX + 16];
	struct board_alarm a = alarm_of(key, severity, since_ms, members);

	a.hidden = hidden;
	a.unacked = unacked;
	snprintf(members, sizeof(members), "\"of\":\"%s\"", key);
	board_put(board, &a);
}

/* A P1 that nobody has acknowledged, and whose condition is over. */
static void
put_over(const char *key, int64_t since_ms)
{
	char members[ORDER_KEY_MAX + 16];
	struct board_alarm a = alarm_of(key, 0, since_ms, members);

	a.unacked = a.over = true;
	snprintf(members, sizeof(members), "\"of\":\"%s\"", key);
	board_put(board, &a);
}

START_TEST(the_most_urgent_stands_first)
{
	static const char *const order[] = {"a/p1-old", "a/p1-young", "a/p1-z",
	    "a/p1-over", "a/p4", "a/p1-acked", "a/p2-acked", "a/p1-hidden",
	    "a/p1-hidden-acked"};
	struct board_view v = {0};

	put("a/p1-hidden-acked", 0, true, false, 1);
	put("a/p2-acked", 1, false, false, 1);
	put("a/p1-z", 0, false, true, 20);
	put("a/p1-hidden", 0, true, true, 1);
	put("a/p4", 3, false, true, 1);
	put_over("a/p1-over", 1);
	put("a/p1-young", 0, false, true, 20); /* as old as p1-z: by name */
	put("a/p1-acked", 0, false, false, 30);
	put("a/p1-old", 0, false, true, -5);
	board_view_take(board, &v);
	ck_assert_uint_eq(v.count, sizeof(order) / sizeof(order[0]));
	for (size_t i = 0; i < v.count; i++) {
		char members[ORDER_KEY_MAX + 16];

		ck_assert_str_eq(v.alarms[i].key, order[i]);
		snprintf(members, sizeof(members), "\"of\":\"%s\"", order[i]);
		ck_assert_str_eq(v.alarms[i].members, members);
	}
	ck_assert_str_eq(v.alarms[0].log, "k3f9a1");
	ck_assert_uint_eq(v.alarms[0].seq, 7);
	board_view_free(&v);
}
END_TEST

START_TEST(an_alarm_stands_once_and_as_it_was_put_last)
{
	struct board_view v = {0};
	char before[] = "\"state\":\"UNACK\"", after[] = "\"state\":\"ACKED\"";
	struct board_alarm a = alarm_of("lift-1/entrapment", 0, 1, before);

	board_put(board, &a);
	a.members = after;
	board_put(board, &a);
	board_view_take(board, &v);
	ck_assert_uint_eq(v.count, 1);
	ck_assert_str_eq(v.alarms[0].members, after);
	board_view_free(&v);
}
END_TEST

START_TEST(a_view_is_a_copy_that_nobody_changes)
{
	struct board_view v = {0};

	put("a/one", 0, false, true, 1);
	put("a/two", 1, false, true, 1);
	board_view_take(board, &v);
	board_drop(board, "a/one");
	put("a/two", 2, true, false, 1);
	put("a/three", 2, true, false, 1);
	ck_assert_str_eq(v.alarms[0].key, "a/one");
	ck_assert_str_eq(v.alarms[0].members, "\"of\":\"a/one\"");
	ck_assert_uint_eq(v.alarms[1].severity, 1);
	board_view_free(&v);
}
END_TEST

START_TEST(what_is_dropped_is_gone_and_its_place_is_used_again)
{
	struct board_view v = {0};
	char key[32];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "lift-%d/comm-loss", i);
		put(key, 1, false, true, i);
	}
	for (int i = 0; i < 100; i++)
		if (i != 42) {
			snprintf(key, sizeof(key), "lift-%d/comm-loss", i);
			board_drop(board, key);
		}
	put("tx-1/heavy", 2, false, true, 0);
	board_view_take(board, &v);
	ck_assert_uint_eq(v.count, 2);
	ck_assert_str_eq(v.alarms[0].key, "lift-42/comm-loss");
	ck_assert_str_eq(v.alarms[0].members, "\"of\":\"lift-42/comm-loss\"");
	ck_assert_str_eq(v.alarms[1].key, "tx-1/heavy");
	board_drop(board, "lift-42/comm-loss");
	board_drop(board, "tx-1/heavy");
	board_view_take(board, &v);
	ck_assert_uint_eq(v.count, 0);
	board_view_free(&v);
}
END_TEST

START_TEST(members_may_be_as_long_as_is_promised)
{
	static char longest[BOARD_MEMBERS_MAX];
	struct board_alarm a = alarm_of("a/long", 0, 1, longest);
	struct board_view v = {0};

	memset(longest, 'x', sizeof(longest) - 1);
	board_put(board, &a);
	board_view_take(board, &v);
	ck_assert_str_eq(v.alarms[0].members, longest);
	board_view_free(&v);
}
END_TEST

START_TEST(each_change_counts_and_a_view_says_which_it_has)
{
	struct board_view v = {0};
	uint64_t before = board_change(board);

	put("a/one", 0, false, true, 1);
	ck_assert_uint_gt(board_change(board), before);
	board_view_take(board, &v);
	ck_assert_uint_eq(v.change, board_change(board));
	board_drop(board, "a/none"); /* was not there */
	ck_assert_uint_eq(v.change, board_change(board));
	board_drop(board, "a/one");
	ck_assert_uint_lt(v.change, board_change(board));
	board_view_free(&v);
}
END_TEST

START_TEST(a_view_says_up_to_which_event_it_is)
{
	struct board_view v = {0};

	board_view_take(board, &v);
	ck_assert_uint_eq(v.shown, 0);
	put("a/one", 0, false, true, 1);
	board_shown(board, 17);
	board_view_take(board, &v);
	ck_assert_uint_eq(v.shown, 17);
	board_view_free(&v);
}
END_TEST

START_TEST(who_wants_to_be_notified_is_woken_once_after_many_changes)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	board_notify(board, fd);
	put("a/one", 0, false, true, 1);
	put("a/two", 0, false, true, 1);
	ck_assert_uint_eq(rung(fd), 0);
	board_fit(board);
	ck_assert_uint_eq(rung(fd), 1);
	board_fit(board); /* nothing new */
	ck_assert_uint_eq(rung(fd), 0);
	board_unnotify(board, fd);
	board_drop(board, "a/one");
	board_fit(board);
	ck_assert_uint_eq(rung(fd), 0);
	close(fd);
}
END_TEST

static bool readers_end; /* atomic */

/* Each view has as many alarms as texts, whole. */
static void *
read_often(void *arg)
{
	struct board_view v = {0};

	while (!__atomic_load_n(&readers_end, __ATOMIC_ACQUIRE)) {
		board_view_take(board, &v);
		for (size_t i = 0; i < v.count; i++) {
			char members[ORDER_KEY_MAX + 16];

			snprintf(members, sizeof(members), "\"of\":\"%s\"",
			    v.alarms[i].key);
			ck_assert_str_eq(v.alarms[i].members, members);
		}
	}
	board_view_free(&v);
	return arg;
}

START_TEST(readers_see_whole_alarms_while_the_loop_writes)
{
	pthread_t readers[2];
	char key[32];

	for (int i = 0; i < 2; i++)
		pthread_create(&readers[i], NULL, read_often, NULL);
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "lift-%d/fault", i * 7 % 85);
		if (i % 3 == 0)
			board_drop(board, key);
		else
			put(key, (uint8_t)(i % 4), false, true, i);
		board_fit(board);
	}
	__atomic_store_n(&readers_end, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
}
END_TEST

/* ---- orders ---- */

/* Somebody who wants something, in a thread of his own. */
struct person {
	pthread_t thread;
	struct order order;
	enum order_verdict verdict;
	char why[ORDER_WHY_MAX];
};

static void *
person_run(void *arg)
{
	struct person *p = arg;

	p->verdict = board_order(board, &p->order, p->why);
	return NULL;
}

static void
person_start(struct person *p, const char *key)
{
	*p = (struct person){.order.verb = ORDER_ACK};
	snprintf(p->order.alarm, sizeof(p->order.alarm), "%s", key);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, person_run, p), 0);
}

static bool
send_order(const char *key)
{
	struct order o = {.verb = ORDER_NOTE};

	snprintf(o.alarm, sizeof(o.alarm), "%s", key);
	return board_send(board, &o);
}

/* As the loop: waits until there is an order. */
static struct order
loop_take(void)
{
	struct order o = {0};

	for (int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	     !board_take(board, &o);) {
		ck_assert_int_lt(clock_mono_ms(), until_ms);
		usleep(1000);
	}
	return o;
}

static const struct {
	enum order_verdict verdict;
	const char *why;
} verdicts[] = {
    {ORDER_DONE, NULL},
    {ORDER_UNKNOWN, "there is no such alarm"},
    {ORDER_REFUSED, "it was acknowledged by Wang"},
    {ORDER_BUSY, "the log of events takes nothing"},
};

START_TEST(who_asks_hears_the_verdict_and_its_sentence)
{
	struct person p;
	struct order o;

	person_start(&p, "lift-1/entrapment");
	o = loop_take();
	ck_assert_str_eq(o.alarm, "lift-1/entrapment");
	ck_assert_int_eq(o.verb, ORDER_ACK);
	board_answer(board, verdicts[_i].verdict, verdicts[_i].why);
	pthread_join(p.thread, NULL);
	ck_assert_int_eq(p.verdict, verdicts[_i].verdict);
	ck_assert_str_eq(
	    p.why, verdicts[_i].why != NULL ? verdicts[_i].why : "");
	ck_assert_uint_ge(rung(wake_fd), 1);
}
END_TEST

START_TEST(orders_are_taken_in_the_order_they_came)
{
	char key[8];

	for (int i = 0; i < BOARD_ORDERS_MAX; i++) {
		snprintf(key, sizeof(key), "a/%d", i);
		ck_assert(send_order(key));
	}
	for (int i = 0; i < 5; i++) {
		struct order o = loop_take();

		snprintf(key, sizeof(key), "a/%d", i);
		ck_assert_str_eq(o.alarm, key);
		board_answer(board, ORDER_DONE, NULL);
		snprintf(key, sizeof(key), "a/%d", i + BOARD_ORDERS_MAX);
		ck_assert(send_order(key));
	}
	for (int i = 5; i < BOARD_ORDERS_MAX + 5; i++) {
		struct order o = loop_take();

		snprintf(key, sizeof(key), "a/%d", i);
		ck_assert_str_eq(o.alarm, key);
		board_answer(board, ORDER_DONE, NULL);
	}
	ck_assert(!board_take(board, &(struct order){0}));
}
END_TEST

START_TEST(many_who_ask_at_once_each_hear_their_own_verdict)
{
	struct person people[8];
	char key[16];

	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof(key), "a/%d", i);
		person_start(&people[i], key);
	}
	for (int i = 0; i < 8; i++) {
		struct order o = loop_take();

		board_answer(board, ORDER_REFUSED, o.alarm);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(people[i].thread, NULL);
		ck_assert_int_eq(people[i].verdict, ORDER_REFUSED);
		ck_assert_str_eq(people[i].why, people[i].order.alarm);
	}
}
END_TEST

START_TEST(a_full_queue_is_busy_at_once)
{
	struct order o = {0};
	char why[ORDER_WHY_MAX];
	int64_t begin_ms;

	for (int i = 0; i < BOARD_ORDERS_MAX; i++)
		ck_assert(send_order("a/b"));
	ck_assert(!send_order("a/b"));
	begin_ms = clock_mono_ms();
	ck_assert_int_eq(board_order(board, &o, why), ORDER_BUSY);
	ck_assert_str_eq(why, "too many orders are waiting: try again");
	ck_assert_int_lt(clock_mono_ms() - begin_ms, BOARD_ORDER_WAIT_MS);
	loop_take();
	board_answer(board, ORDER_DONE, NULL);
	ck_assert(send_order("a/b"));
}
END_TEST

START_TEST(an_order_the_loop_never_took_is_busy_and_is_never_carried_out)
{
	struct order o = {0};
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(board_order(board, &o, why), ORDER_BUSY);
	ck_assert_str_eq(why, "the gateway does not answer: try again");
	ck_assert(!board_take(board, &o));
}
END_TEST

START_TEST(a_verdict_that_comes_too_late_harms_nobody)
{
	struct person late, next;

	person_start(&late, "a/late");
	loop_take();
	pthread_join(late.thread, NULL);
	ck_assert_int_eq(late.verdict, ORDER_BUSY);
	ck_assert_ptr_nonnull(strstr(late.why, "it may have been done"));
	memset(&late, 0xa5, sizeof(late)); /* he is gone */
	board_answer(board, ORDER_DONE, "too late");

	person_start(&next, "a/next");
	ck_assert_str_eq(loop_take().alarm, "a/next");
	board_answer(board, ORDER_REFUSED, "not so");
	pthread_join(next.thread, NULL);
	ck_assert_int_eq(next.verdict, ORDER_REFUSED);
	ck_assert_str_eq(next.why, "not so");
}
END_TEST

START_TEST(every_place_is_free_again_whatever_became_of_its_order)
{
	struct person people[BOARD_ORDERS_MAX];

	for (int i = 0; i < BOARD_ORDERS_MAX; i++)
		person_start(&people[i], "a/b");
	loop_take(); /* one is with the loop, the others still wait */
	for (int i = 0; i < BOARD_ORDERS_MAX; i++)
		pthread_join(people[i].thread, NULL);
	board_answer(board, ORDER_DONE, NULL);
	for (int i = 0; i < BOARD_ORDERS_MAX; i++)
		ck_assert(send_order("a/b"));
}
END_TEST

START_TEST(a_closed_board_keeps_nobody_waiting_until_it_is_open_again)
{
	struct person p;

	person_start(&p, "a/b");
	loop_take();
	board_close(board);
	pthread_join(p.thread, NULL);
	ck_assert_int_eq(p.verdict, ORDER_BUSY);
	person_start(&p, "a/b");
	pthread_join(p.thread, NULL);
	ck_assert_int_eq(p.verdict, ORDER_BUSY);
	ck_assert_str_eq(p.why, "the gateway is being set up: try again");
	ck_assert(send_order("a/c")); /* nobody waits for this one */
	board_answer(board, ORDER_DONE, NULL);

	board_open(board);
	ck_assert_str_eq(loop_take().alarm, "a/c");
	board_answer(board, ORDER_DONE, NULL);
	person_start(&p, "a/d");
	ck_assert_str_eq(loop_take().alarm, "a/d");
	board_answer(board, ORDER_DONE, NULL);
	pthread_join(p.thread, NULL);
	ck_assert_int_eq(p.verdict, ORDER_DONE);
}
END_TEST

START_TEST(a_board_goes_with_what_stands_and_waits_on_it)
{
	put("a/b", 0, false, true, 1);
	ck_assert(send_order("a/b"));
	loop_take();
	ck_assert(send_order("a/c"));
	board_free(NULL);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static TCase *
alarms(void)
{
	TCase *t = tcase_create("alarms");

	tcase_add_test(t, the_most_urgent_stands_first);
	tcase_add_test(t, an_alarm_stands_once_and_as_it_was_put_last);
	tcase_add_test(t, a_view_is_a_copy_that_nobody_changes);
	tcase_add_test(t, what_is_dropped_is_gone_and_its_place_is_used_again);
	tcase_add_test(t, members_may_be_as_long_as_is_promised);
	tcase_add_test(t, each_change_counts_and_a_view_says_which_it_has);
	tcase_add_test(t, a_view_says_up_to_which_event_it_is);
	tcase_add_test(
	    t, who_wants_to_be_notified_is_woken_once_after_many_changes);
	tcase_add_test(t, readers_see_whole_alarms_while_the_loop_writes);
	return t;
}

static TCase *
orders(void)
{
	TCase *t = tcase_create("orders");

	tcase_add_loop_test(
	    t, who_asks_hears_the_verdict_and_its_sentence, 0, COUNT(verdicts));
	tcase_add_test(t, orders_are_taken_in_the_order_they_came);
	tcase_add_test(t, many_who_ask_at_once_each_hear_their_own_verdict);
	tcase_add_test(t, a_full_queue_is_busy_at_once);
	tcase_add_test(
	    t, an_order_the_loop_never_took_is_busy_and_is_never_carried_out);
	tcase_add_test(t, a_verdict_that_comes_too_late_harms_nobody);
	tcase_add_test(
	    t, every_place_is_free_again_whatever_became_of_its_order);
	tcase_add_test(
	    t, a_closed_board_keeps_nobody_waiting_until_it_is_open_again);
	tcase_add_test(t, a_board_goes_with_what_stands_and_waits_on_it);
	return t;
}

int
main(void)
{
	TCase *(*const cases[])(void) = {alarms, orders};
	Suite *s = suite_create("board");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TCase *t = cases[i]();

		tcase_set_timeout(t, 60);
		tcase_add_checked_fixture(t, setup, teardown);
		suite_add_tcase(s, t);
	}
	return suite_run(s);
}
