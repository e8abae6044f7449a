/*
 * test_mqtt_alarms.c - alarms and commands against a real broker
 */
#include <poll.h>
#include <pthread.h>

#include "tests/mqtt_world.h"
#include "tests/slow_broker.h"
#include "tests/suite.h"

/* ---- the board ---- */

static struct board_alarm
alarm_of(const char *key, uint64_t seq, char *members)
{
	struct board_alarm a = {.unacked = true,
	    .since_ms = (int64_t)seq,
	    .log = journal_id(events),
	    .seq = seq,
	    .members = members};

	snprintf(a.key, sizeof(a.key), "%s", key);
	return a;
}

static void
put_at(const char *key, uint64_t seq, const char *state, uint8_t severity)
{
	char members[64];
	struct board_alarm a = alarm_of(key, seq, members);

	snprintf(members, sizeof(members), "\"state\":\"%s\"", state);
	a.severity = severity;
	board_put(board, &a);
	board_fit(board);
}

static void
put(const char *key, uint64_t seq, const char *state)
{
	put_at(key, seq, state, 2); /* P3 */
}

static void
drop(const char *key)
{
	board_drop(board, key);
	board_fit(board);
}

/* ---- what the broker holds ---- */

static void
run(const char *output, const char *const argv[])
{
	pid_t pid = spawn(output, argv);

	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void
publish(const char *topic, const char *text, bool retained)
{
	char number[8];
	const char *argv[] = {"mosquitto_pub", "-p", number, "-q", "1", "-t",
	    topic, "-m", text, retained ? "-r" : NULL, NULL};

	snprintf(number, sizeof(number), "%d", port);
	run("pub.log", argv);
}

/* The retained topics that fit the filter are these: `topic payload` a line,
 * sorted. */
static bool
holds(const char *filter, const char *want)
{
	char command[512], *text;
	int64_t until_ms = clock_mono_ms() + 10000;
	bool good = false;

	snprintf(command, sizeof(command),
	    "timeout 1 mosquitto_sub -p %d -t '%s' --retained-only "
	    "-F '%%t %%p' | LC_ALL=C sort >'%s/held'",
	    port, filter, folder);
	while (!good && clock_mono_ms() < until_ms) {
		ck_assert_int_ne(system(command), -1);
		text = read_file("held");
		good = strcmp(text, want) == 0;
		free(text);
	}
	return good;
}

#define ALARMS "riser/anju/+/alarm/+"

/* The line of an alarm, as holds wants it. */
static const char *
line_of(const char *topic, const char *state, unsigned seq)
{
	static char lines[4][256];
	static unsigned next;
	char *line = lines[next++ % 4];

	snprintf(line, sizeof(lines[0]),
	    "riser/anju/%s {\"state\":\"%s\",\"log\":\"%s\",\"seq\":%u}\n",
	    topic, state, journal_id(events), seq);
	return line;
}

START_TEST(an_alarm_is_retained_changes_and_is_cleared) /* by 5 and by 3.1.1 */
{
	char want[300];

	conf.version = _i == 0 ? 5 : 3;
	broker_start("");
	subscriber_open();
	start();
	put("tx-1/heat", 7, "UNACK");
	snprintf(
	    want, sizeof(want), "0 %s", line_of("tx-1/alarm/heat", "UNACK", 7));
	ck_assert(is_heard(want));
	ck_assert(holds(ALARMS, line_of("tx-1/alarm/heat", "UNACK", 7)));
	put("tx-1/heat", 9, "ACKED");
	ck_assert(is_heard(line_of("tx-1/alarm/heat", "ACKED", 9)));
	drop("tx-1/heat");
	ck_assert(is_heard("riser/anju/tx-1/alarm/heat \n"));
	ck_assert(holds(ALARMS, ""));
}
END_TEST

START_TEST(after_a_restart_of_the_broker_its_topics_are_what_stands)
{
	char want[600];

	broker_start("");
	start();
	put("tx-1/heat", 1, "UNACK");
	put("tx-1/load", 2, "UNACK");
	put("tx-1/fan", 3, "UNACK");
	snprintf(want, sizeof(want), "%s%s%s",
	    line_of("tx-1/alarm/fan", "UNACK", 3),
	    line_of("tx-1/alarm/heat", "UNACK", 1),
	    line_of("tx-1/alarm/load", "UNACK", 2));
	ck_assert(holds(ALARMS, want));
	end(broker, SIGTERM);
	drop("tx-1/fan");
	put("tx-1/heat", 4, "ACKED");
	put("gateway/clock", 5, "UNACK");
	broker = broker_run(port);
	snprintf(want, sizeof(want), "%s%s%s",
	    line_of("gateway/alarm/clock", "UNACK", 5),
	    line_of("tx-1/alarm/heat", "ACKED", 4),
	    line_of("tx-1/alarm/load", "UNACK", 2));
	ck_assert(holds(ALARMS, want));
}
END_TEST

START_TEST(a_broker_that_forgot_all_is_told_again)
{
	char command[PATH_SIZE];

	broker_start("");
	start();
	put("tx-1/heat", 1, "UNACK");
	ck_assert(holds(ALARMS, line_of("tx-1/alarm/heat", "UNACK", 1)));
	end(broker, SIGKILL);
	snprintf(command, sizeof(command), "rm -f '%s/mosquitto.db'", folder);
	ck_assert_int_eq(system(command), 0);
	broker = broker_run(port);
	ck_assert(holds(ALARMS, line_of("tx-1/alarm/heat", "UNACK", 1)));
}
END_TEST

START_TEST(what_an_earlier_life_left_is_cleared_and_nothing_else)
{
	char want[600];

	broker_start("");
	publish("riser/anju/gone-1/alarm/fire", "{}", true);
	publish("riser/anju/tx-1/alarm/old", "{}", true);
	publish("riser/anju/tx-1/alarm/heat", "{\"state\":\"RTNUN\"}", true);
	publish("riser/other/tx-1/alarm/heat", "{}", true);
	publish("riser/anju/tx-1/alarm/Of Others", "{}", true);
	publish("riser/anju/tx-1/alarm/heat/note", "{}", true);
	put("tx-1/heat", 6, "ACKED");
	start();
	snprintf(want, sizeof(want),
	    "riser/anju/tx-1/alarm/Of Others {}\n"
	    "%sriser/anju/tx-1/alarm/heat/note {}\n"
	    "riser/other/tx-1/alarm/heat {}\n",
	    line_of("tx-1/alarm/heat", "ACKED", 6));
	ck_assert(holds("riser/+/+/alarm/#", want));
}
END_TEST

START_TEST(one_that_grew_too_large_for_the_broker_leaves_nothing_untrue)
{
	char members[2000] = "\"text\":\"";
	struct board_alarm large = alarm_of("tx-1/heat", 2, members);

	broker_start("max_packet_size 1500");
	subscriber_open();
	start();
	put("tx-1/heat", 1, "UNACK");
	ck_assert(is_heard(line_of("tx-1/alarm/heat", "UNACK", 1)));
	memset(members + strlen(members), 'x', 1900);
	strcat(members, "\"");
	board_put(board, &large);
	board_fit(board);
	ck_assert(is_heard("riser/anju/tx-1/alarm/heat \n"));
	ck_assert(is_logged("alarm/heat is too large for the broker"));
}
END_TEST

START_TEST(without_a_board_nobodys_alarms_are_touched)
{
	struct mqtt_source from = {.readings = journal, .live = live};
	struct err err;

	broker_start("");
	publish("riser/anju/tx-1/alarm/heat", "{}", true);
	publish("riser/anju/gone/meta", "{}", true);
	subscriber_open();
	conf.commands = true;
	mqtt = mqtt_start(&conf, &from, &err);
	ck_assert(is_heard("riser/anju/gone/meta \n"));
	ck_assert(holds(ALARMS, "riser/anju/tx-1/alarm/heat {}\n"));
}
END_TEST

/* ---- on a slow line ---- */

#define EACH_MS 20
/* What a message may find under way: a window, and what is sent while the sink
 * waits to look again, twice over. */
#define UNDER_WAY (16 + 2 * 100 / EACH_MS)

static void
slow_until(size_t count)
{
	while (slow_count() < count) {
		journal_tick(journal, clock_mono_ms());
		usleep(5000);
	}
}

static void
slow_end(void)
{
	mqtt_stop(mqtt, 100);
	mqtt = NULL;
	slow_stop();
}

START_TEST(an_alarm_overtakes_metas_and_states)
{
	enum { DEVICES = 60 };
	char ids[DEVICES][8];
	const char *list[DEVICES];
	size_t from;

	for (int i = 0; i < DEVICES; i++) {
		snprintf(ids[i], sizeof(ids[i]), "d-%d", i);
		list[i] = ids[i];
	}
	use_devices(list, DEVICES);
	conf.version = 3;
	slow_start(port, EACH_MS);
	start();
	slow_until(20);
	put("tx-1/heat", 1, "UNACK");
	from = slow_count();
	slow_until(2 * DEVICES);
	ck_assert_uint_lt(
	    slow_find("riser/anju/tx-1/alarm/heat {"), from + UNDER_WAY);
	slow_end();
}
END_TEST

START_TEST(a_p1_overtakes_sixty_p3_and_the_backlog)
{
	char key[32];
	size_t from;

	for (int i = 0; i < 300; i++)
		append("old");
	usleep(2100 * 1000); /* now it is late */
	conf.version = 3;
	slow_start(port, EACH_MS);
	start();
	slow_until(20);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(key, sizeof(key), "lift-%u/door", i);
		put(key, i, "UNACK");
	}
	while (slow_find("/alarm/door {") == SLOW_TAKEN_MAX)
		usleep(5000);
	put_at("lift-1/entrapment", 60, "UNACK", 0);
	from = slow_count();
	slow_until(from + UNDER_WAY);
	ck_assert_uint_lt(
	    slow_find("lift-1/alarm/entrapment {"), from + UNDER_WAY);
	slow_until(from + 150); /* all the others come too, and the backlog */
	ck_assert_uint_ne(slow_find("lift-59/alarm/door {"), SLOW_TAKEN_MAX);
	slow_end();
}
END_TEST

/* ---- commands ---- */

#define ACK "{\"alarm\":\"tx-1/heat\",\"by\":\"Wang\"}"

static bool
takes(struct order *o)
{
	int64_t until_ms = clock_mono_ms() + 10000;

	while (!board_take(board, o)) {
		if (clock_mono_ms() > until_ms)
			return false;
		usleep(10000);
	}
	board_answer(board, ORDER_DONE, NULL);
	return true;
}

/* All subscriptions are made. */
static void
start_listening(void)
{
	conf.commands = true;
	broker_start("log_type all");
	start();
	ck_assert(comes("broker.log", "riser/anju/+/meta (QoS 0)", 1, 8000));
}

START_TEST(a_command_is_an_order_on_the_board) /* by 5 and by 3.1.1 */
{
	struct order o;

	conf.version = _i == 0 ? 5 : 3;
	start_listening();
	publish("riser/anju/cmd/ack", ACK, false);
	ck_assert(takes(&o));
	ck_assert_int_eq(o.verb, ORDER_ACK);
	ck_assert_str_eq(o.alarm, "tx-1/heat");
	ck_assert_str_eq(o.by, "Wang");
	publish("riser/anju/cmd/shelve",
	    "{\"alarm\":\"tx-1/load\",\"by\":\"Li\",\"note\":\"tests\","
	    "\"for\":\"2h\"}",
	    false);
	ck_assert(takes(&o));
	ck_assert_int_eq(o.verb, ORDER_SHELVE);
	ck_assert_str_eq(o.alarm, "tx-1/load");
	ck_assert_int_eq(o.for_ms, 2 * 3600 * 1000);
}
END_TEST

START_TEST(a_retained_command_is_ignored) /* by 5 and by 3.1.1 */
{
	struct order o;

	conf.version = _i == 0 ? 5 : 3;
	conf.commands = true;
	broker_start("");
	publish("riser/anju/cmd/ack",
	    "{\"alarm\":\"tx-1/heat\",\"by\":\"Retained\"}", true);
	start();
	ck_assert(
	    is_logged("riser/anju/cmd/ack is not obeyed: it is retained"));
	publish("riser/anju/cmd/ack", ACK, false);
	ck_assert(takes(&o));
	ck_assert_str_eq(o.by, "Wang");
}
END_TEST

START_TEST(one_that_is_retained_while_we_listen_is_ignored_too)
{
	struct order o;

	start_listening(); /* with 5, which tells */
	publish("riser/anju/cmd/ack",
	    "{\"alarm\":\"tx-1/heat\",\"by\":\"Retained\"}", true);
	publish("riser/anju/cmd/ack", ACK, false);
	ck_assert(takes(&o));
	ck_assert_str_eq(o.by, "Wang");
	ck_assert(!board_take(board, &o));
}
END_TEST

static const char *const wrong[][2] = {
    {"ack", "no JSON"},
    {"ack", "{}"},
    {"ack", "[[[[[[[[[[[[[[[["},
    {"ack", "{\"alarm\":\"heat\",\"by\":\"Wang\"}"},
    {"ack", "{\"alarm\":\"tx-1/heat\"}"},
    {"explode", ACK},
    {"", ACK},
    {"meta", ACK},
};

START_TEST(a_wrong_command_does_no_harm_and_is_logged_once)
{
	char topic[64], *large = calloc(1, 100001);
	struct order o;

	ck_assert_ptr_nonnull(large);
	start_listening();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(
		    topic, sizeof(topic), "riser/anju/cmd/%s", wrong[i][0]);
		publish(topic, wrong[i][1], false);
	}
	publish("riser/anju/cmd/ack", memset(large, 'x', 100000), false);
	free(large);
	publish("riser/anju/cmd/ack", ACK, false);
	ck_assert(takes(&o));
	ck_assert_str_eq(o.by, "Wang");
	ck_assert(!board_take(board, &o));
	ck_assert_int_eq(times_in("log", "is not obeyed"), 1);
}
END_TEST

START_TEST(more_than_the_board_has_room_for_wait_and_are_all_taken)
{
	enum { COUNT = 3 * BOARD_ORDERS_MAX };
	char command[512];
	struct order o;

	start_listening();
	snprintf(command, sizeof(command),
	    "for i in $(seq 100 %d); do echo '{\"alarm\":\"tx-1/heat\","
	    "\"by\":\"'$i'\"}'; done | "
	    "mosquitto_pub -p %d -q 1 -t riser/anju/cmd/ack -l",
	    100 + COUNT - 1, port);
	ck_assert_int_eq(system(command), 0);
	for (int i = 0; i < COUNT; i++) {
		ck_assert(takes(&o));
		ck_assert_int_eq(atoi(o.by), 100 + i);
	}
	ck_assert_int_eq(times_in("log", "not obeyed"), 0);
}
END_TEST

START_TEST(where_commands_are_off_nothing_is_subscribed)
{
	broker_start("log_type all");
	start();
	ck_assert(comes("broker.log", "riser/anju/+/meta (QoS 0)", 1, 8000));
	ck_assert(comes("broker.log", ALARMS " (QoS 0)", 1, 8000));
	ck_assert_int_eq(times_in("broker.log", "cmd"), 0);
}
END_TEST

START_TEST(a_refused_subscription_is_logged_once) /* by 5 and by 3.1.1 */
{
	size_t before;

	conf.version = _i == 0 ? 5 : 3;
	conf.commands = true;
	slow.five = _i == 0;
	slow.suback = _i == 0 ? 0x87 : 0x80;
	slow_start(port, 0);
	start();
	ck_assert(is_logged("does not let us listen to riser/anju/cmd/+"));
	for (int i = 0; i < 3; i++) {
		before = slow_count();
		shutdown(slow.fd, SHUT_RDWR);
		/* It comes back and subscribes between status and meta. */
		while (slow_count() < before + 2)
			usleep(10000);
	}
	mqtt_stop(mqtt, 200);
	mqtt = NULL;
	slow_stop();
	ck_assert_int_eq(times_in("log", "does not let us listen"), 1);
}
END_TEST

START_TEST(a_connection_that_breaks_is_no_refusal) /* by 5 and by 3.1.1 */
{
	size_t before;

	conf.version = _i == 0 ? 5 : 3;
	conf.commands = true;
	slow.five = _i == 0;
	slow.suback = SLOW_MUTE;
	slow_start(port, 0);
	start();
	for (int i = 0; i < 3; i++) {
		before = slow_count();
		while (slow_count() < before + 2)
			usleep(10000);
		shutdown(slow.fd, SHUT_RDWR);
	}
	mqtt_stop(mqtt, 200);
	mqtt = NULL;
	slow_stop();
	ck_assert_int_eq(times_in("log", "does not let us listen"), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mqtt_alarms");
	TCase *t = tcase_create("alarms");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(
	    t, an_alarm_is_retained_changes_and_is_cleared, 0, 2);
	tcase_add_test(
	    t, after_a_restart_of_the_broker_its_topics_are_what_stands);
	tcase_add_test(t, a_broker_that_forgot_all_is_told_again);
	tcase_add_test(
	    t, what_an_earlier_life_left_is_cleared_and_nothing_else);
	tcase_add_test(
	    t, one_that_grew_too_large_for_the_broker_leaves_nothing_untrue);
	tcase_add_test(t, without_a_board_nobodys_alarms_are_touched);
	tcase_add_test(t, an_alarm_overtakes_metas_and_states);
	tcase_add_test(t, a_p1_overtakes_sixty_p3_and_the_backlog);
	tcase_add_loop_test(t, a_command_is_an_order_on_the_board, 0, 2);
	tcase_add_loop_test(t, a_retained_command_is_ignored, 0, 2);
	tcase_add_test(t, one_that_is_retained_while_we_listen_is_ignored_too);
	tcase_add_test(t, a_wrong_command_does_no_harm_and_is_logged_once);
	tcase_add_test(
	    t, more_than_the_board_has_room_for_wait_and_are_all_taken);
	tcase_add_test(t, where_commands_are_off_nothing_is_subscribed);
	tcase_add_loop_test(t, a_refused_subscription_is_logged_once, 0, 2);
	tcase_add_loop_test(t, a_connection_that_breaks_is_no_refusal, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
