/*
 * test_inbox.c - what a broker sends: what is left there, orders, and junk
 */
#include <fcntl.h>
#include <sys/eventfd.h>

#include "gateway/sinks/inbox.h"
#include "tests/mqtt_help.h"
#include "tests/suite.h"

static struct board *board;
static struct inbox *in;
static int loop_fd;
static struct mqtt_conf conf;

static void
setup(void)
{
	char path[PATH_SIZE];
	int fd;

	folder_make();
	fd = open(in_folder(path, "log"), O_CREAT | O_WRONLY | O_APPEND, 0644);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	close(fd);
	loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	board = board_new(loop_fd);
	conf = (struct mqtt_conf){
	    .prefix = "riser", .site = "anju", .commands = true};
	in = inbox_new(&conf, board);
}

static void
teardown(void)
{
	inbox_free(in);
	board_free(board);
	close(loop_fd);
	folder_remove();
}

static bool
put(const char *topic, bool retained, const char *text)
{
	return inbox_put(in, topic, retained, text, strlen(text));
}

/* What was left, as text: "0 tx-1", "1 tx-1/heat"; "none". */
static const char *
left(void)
{
	static char text[ORDER_KEY_MAX + 8];
	struct inbox_left l;

	if (!inbox_take_left(in, &l))
		return "none";
	snprintf(text, sizeof(text), "%d %s", l.subject, l.key);
	return text;
}

/* By whom the next order on the board is; "" if there is none. */
static const char *
by(void)
{
	static struct order o;

	if (!board_take(board, &o))
		return "";
	board_answer(board, ORDER_DONE, NULL);
	return o.by;
}

/* ---- what is left ---- */

static const struct {
	const char *topic, *left;
} topics[] = {
    {"riser/anju/tx-1/meta", "0 tx-1"},
    {"riser/anju/tx-1/alarm/heat", "1 tx-1/heat"},
    {"riser/anju/gateway/alarm/bus-down-shaft_3", "1 gateway/bus-down-shaft_3"},
    {"riser/anju/tx-1/state", "none"},
    {"riser/anju/tx-1/alarm", "none"},
    {"riser/anju/tx-1/alarm/", "none"},
    {"riser/anju/tx-1/alarm/heat/more", "none"},
    {"riser/anju/tx-1/alarm/Heat", "none"},
    {"riser/anju/tx-1/metal", "none"},
    {"riser/anju//meta", "none"},
    {"riser/anju//alarm/heat", "none"},
    {"riser/anju/", "none"},
    {"riser/anju", "none"},
    {"riser/anju2/tx-1/meta", "none"},
    {"riser/other/tx-1/meta", "none"},
    {"", "none"},
};

START_TEST(a_retained_topic_of_ours_is_known_by_its_key)
{
	bool ours = strcmp(topics[_i].left, "none") != 0;

	ck_assert_int_eq(put(topics[_i].topic, true, "{}"), ours);
	ck_assert_str_eq(left(), topics[_i].left);
	ck_assert_str_eq(left(), "none");
}
END_TEST

START_TEST(what_is_not_retained_or_empty_is_not_left)
{
	ck_assert(!put("riser/anju/tx-1/meta", false, "{}"));
	ck_assert(!put("riser/anju/tx-1/alarm/heat", false, "{}"));
	ck_assert(!put("riser/anju/tx-1/alarm/heat", true, ""));
	ck_assert_str_eq(left(), "none");
}
END_TEST

START_TEST(a_key_has_a_largest_length)
{
	char topic[512] = "riser/anju/tx-1/alarm/", want[512] = "1 tx-1/";
	size_t most = ORDER_KEY_MAX - 1 - strlen("tx-1/alarm/");

	memset(topic + strlen(topic), 'x', most);
	memset(want + strlen(want), 'x', most);
	ck_assert(put(topic, true, "{}"));
	ck_assert_str_eq(left(), want);
	strcat(topic, "x");
	ck_assert(!put(topic, true, "{}"));
}
END_TEST

START_TEST(what_was_left_does_not_outlive_the_connection)
{
	put("riser/anju/tx-1/meta", true, "{}");
	inbox_end(in, 0);
	ck_assert_str_eq(left(), "none");
}
END_TEST

/* ---- orders ---- */

static void
put_ack(const char *name)
{
	char text[128];

	snprintf(text, sizeof(text), "{\"alarm\":\"tx-1/heat\",\"by\":\"%s\"}",
	    name);
	ck_assert(put("riser/anju/cmd/ack", false, text));
}

START_TEST(orders_come_in_their_order)
{
	put_ack("Wang");
	put_ack("Li");
	ck_assert(inbox_obey(in, 0) == INT64_MAX);
	ck_assert_str_eq(by(), "Wang");
	ck_assert_str_eq(by(), "Li");
	ck_assert_str_eq(by(), "");
}
END_TEST

START_TEST(a_full_board_is_asked_again_soon_and_no_order_is_lost)
{
	char name[8];
	int64_t again_ms;

	for (int i = 0; i < BOARD_ORDERS_MAX + 2; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		put_ack(name);
	}
	again_ms = inbox_obey(in, 1000);
	ck_assert_int_gt(again_ms, 1000);
	ck_assert_int_le(again_ms, 2000);
	for (int i = 0; i < BOARD_ORDERS_MAX + 2; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_str_eq(by(), name);
		inbox_obey(in, again_ms);
	}
	ck_assert_str_eq(by(), "");
}
END_TEST

START_TEST(an_order_that_came_before_the_connection_broke_is_obeyed)
{
	put_ack("Wang");
	inbox_end(in, 0);
	ck_assert_str_eq(by(), "Wang");
}
END_TEST

START_TEST(what_the_board_has_no_room_for_then_is_told_and_not_obeyed_later)
{
	for (int i = 0; i < BOARD_ORDERS_MAX + 3; i++)
		put_ack("Wang");
	inbox_end(in, 0);
	ck_assert_int_eq(times_in("log", "Too many came at once."), 1);
	for (int i = 0; i < BOARD_ORDERS_MAX; i++)
		ck_assert_str_eq(by(), "Wang");
	inbox_obey(in, 60000);
	ck_assert_str_eq(by(), "");
	ck_assert_int_eq(times_in("log", "2 more messages"), 1);
}
END_TEST

static const struct {
	const char *verb;
	bool retained;
	const char *text, *logged;
} wrong[] = {
    {"ack", true, "{}",
	"mqtt: riser/anju/cmd/ack is not obeyed: it is retained"},
    {"explode", false, "{}",
	"cmd/explode is not obeyed: there is no such command, but ack, shelve"},
    {"\xff <b>", false, "{}", "cmd/+ is not obeyed: there is no such command"},
    {"", false, "{}", "there is no such command"},
    {"ackackackackackackackackackackackackackackack", false, "{}",
	"there is no such command"},
    {"ack", false, "", "cmd/ack is not obeyed: "},
    {"ack", false, "rubbish", "cmd/ack is not obeyed: "},
    {"ack", false, "{\"by\":\"Wang\"}", "cmd/ack is not obeyed: "},
};

START_TEST(what_is_no_order_is_logged_with_the_reason)
{
	char topic[128];

	snprintf(topic, sizeof(topic), "riser/anju/cmd/%s", wrong[_i].verb);
	ck_assert(put(topic, wrong[_i].retained, wrong[_i].text));
	inbox_obey(in, 0);
	ck_assert_str_eq(by(), "");
	ck_assert_int_eq(times_in("log", wrong[_i].logged), 1);
	ck_assert_int_eq(times_in("log", "\n"), 1);
}
END_TEST

START_TEST(one_that_is_too_long_is_not_looked_at)
{
	char text[ORDER_TEXT_MAX + 2];

	memset(text, ' ', sizeof(text));
	text[ORDER_TEXT_MAX + 1] = '\0';
	ck_assert(put("riser/anju/cmd/ack", false, text));
	inbox_obey(in, 0);
	ck_assert_int_eq(times_in("log", "it is 4097 bytes long, at most"), 1);
}
END_TEST

START_TEST(to_clear_a_retained_command_is_no_command)
{
	ck_assert(!put("riser/anju/cmd/ack", true, ""));
	inbox_obey(in, 0);
	ck_assert_int_eq(times_in("log", "obeyed"), 0);
}
END_TEST

START_TEST(junk_is_logged_once_a_minute_and_counted)
{
	for (int i = 0; i < 10; i++)
		put("riser/anju/cmd/ack", false, "rubbish");
	ck_assert_int_eq(inbox_obey(in, 5000), 65000);
	ck_assert_int_eq(times_in("log", "obeyed"), 1);
	ck_assert_int_eq(inbox_obey(in, 64999), 65000);
	ck_assert_int_eq(times_in("log", "obeyed"), 1);
	ck_assert(inbox_obey(in, 65000) == INT64_MAX);
	ck_assert_int_eq(times_in("log",
			     "9 more messages below riser/anju/cmd/ were not "
			     "obeyed"),
	    1);
	put("riser/anju/cmd/ack", false, "rubbish");
	inbox_obey(in, 65001);
	ck_assert_int_eq(times_in("log", "obeyed"), 2);
	inbox_obey(in, 125000);
	ck_assert_int_eq(times_in("log", "1 more messages"), 1);
}
END_TEST

START_TEST(a_flood_is_bounded_and_counted)
{
	enum { COUNT = 20000 };
	char *text, *at;
	unsigned more = 0;

	for (int i = 0; i < COUNT; i++)
		put("riser/anju/cmd/ack", false, "rubbish");
	while (inbox_obey(in, 0) == 0)
		;
	inbox_obey(in, 60000);
	text = read_file("log");
	at = strstr(text, "mqtt: ");
	ck_assert_ptr_nonnull(at);
	at = strstr(at + 1, "mqtt: ");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at, "mqtt: %u more", &more), 1);
	ck_assert_uint_eq(more, COUNT - 1);
	free(text);
	put_ack("Wang");
	inbox_obey(in, 60001);
	ck_assert_str_eq(by(), "Wang");
}
END_TEST

START_TEST(a_refusal_is_logged_until_something_is_heard)
{
	inbox_refused(in);
	inbox_refused(in);
	ck_assert_int_eq(times_in("log", "does not let us listen"), 1);
	put_ack("Wang");
	inbox_obey(in, 0);
	inbox_refused(in);
	ck_assert_int_eq(times_in("log", "does not let us listen"), 2);
}
END_TEST

/* ---- what is wanted ---- */

START_TEST(with_commands_off_they_are_not_listened_to)
{
	inbox_free(in);
	conf.commands = false;
	in = inbox_new(&conf, board);
	ck_assert_ptr_null(inbox_filter(in, INBOX_ORDERS));
	ck_assert_str_eq(
	    inbox_filter(in, INBOX_ALARMS), "riser/anju/+/alarm/+");
	ck_assert(!put("riser/anju/cmd/ack", false, "{}"));
	ck_assert(inbox_obey(in, 0) == INT64_MAX);
	ck_assert_int_eq(times_in("log", "obeyed"), 0);
}
END_TEST

START_TEST(without_a_board_only_metas_are_wanted)
{
	inbox_free(in);
	in = inbox_new(&conf, NULL);
	ck_assert_ptr_null(inbox_filter(in, INBOX_ORDERS));
	ck_assert_ptr_null(inbox_filter(in, INBOX_ALARMS));
	ck_assert_str_eq(inbox_filter(in, INBOX_METAS), "riser/anju/+/meta");
	ck_assert(!put("riser/anju/tx-1/alarm/heat", true, "{}"));
	ck_assert(put("riser/anju/tx-1/meta", true, "{}"));
	inbox_end(in, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("inbox");
	TCase *t = tcase_create("inbox");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_retained_topic_of_ours_is_known_by_its_key, 0,
	    sizeof(topics) / sizeof(topics[0]));
	tcase_add_test(t, what_is_not_retained_or_empty_is_not_left);
	tcase_add_test(t, a_key_has_a_largest_length);
	tcase_add_test(t, what_was_left_does_not_outlive_the_connection);
	tcase_add_test(t, orders_come_in_their_order);
	tcase_add_test(
	    t, a_full_board_is_asked_again_soon_and_no_order_is_lost);
	tcase_add_test(
	    t, an_order_that_came_before_the_connection_broke_is_obeyed);
	tcase_add_test(t,
	    what_the_board_has_no_room_for_then_is_told_and_not_obeyed_later);
	tcase_add_loop_test(t, what_is_no_order_is_logged_with_the_reason, 0,
	    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, one_that_is_too_long_is_not_looked_at);
	tcase_add_test(t, to_clear_a_retained_command_is_no_command);
	tcase_add_test(t, junk_is_logged_once_a_minute_and_counted);
	tcase_add_test(t, a_flood_is_bounded_and_counted);
	tcase_add_test(t, a_refusal_is_logged_until_something_is_heard);
	tcase_add_test(t, with_commands_off_they_are_not_listened_to);
	tcase_add_test(t, without_a_board_only_metas_are_wanted);
	suite_add_tcase(s, t);
	return suite_run(s);
}
