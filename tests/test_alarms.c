/* test_alarms.c - all alarms of a site: hiding, telling, restarts, reloads */
#include "tests/alarms_help.h"
#include "tests/suite.h"

static const struct site_rule device_rules[] = {
    {"fault", "fault", NULL, "mode == inspection", 2 * SECOND, SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"button", "button", NULL, NULL, 0, 0, 0, SEVERITY_P1, true},
    {"heavy", "load >= 80", "load < 75", NULL, 10 * SECOND, 5 * SECOND,
	8 * HOUR, SEVERITY_P3, false},
    {"drop", "drop(load, 60s) > 10", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P4,
	false},
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"identity", "not identified", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P2,
	false},
    {0}};

static const struct site_rule gateway_rules[] = {
    {"bus-down", "not bus_up", NULL, NULL, 30 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"disk", "load > 85", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P3, false}, {0}};

/* ---- what was told ---- */

#define TOLD_MAX 1000

static struct told {
	char key[ORDER_KEY_MAX];
	enum alarm_change change;
	struct alarm now;
	char by[ORDER_BY_MAX];
	bool has_rule;
} told[TOLD_MAX];
static size_t told_count, asked;
static bool refuse;

static bool
tell(void *context, const struct alarms_news *news)
{
	struct told *t = &told[told_count];

	(void)context;
	asked++;
	if (refuse)
		return false;
	ck_assert_uint_lt(told_count, TOLD_MAX);
	snprintf(t->key, sizeof(t->key), "%s/%s", news->device, news->alarm);
	t->change = news->change;
	t->now = *news->now;
	snprintf(t->by, sizeof(t->by), "%s", news->by != NULL ? news->by : "");
	t->has_rule = news->rule != NULL;
	told_count++;
	return true;
}

static size_t
count_told(const char *key, enum alarm_change change)
{
	size_t count = 0;

	for (size_t i = 0; i < told_count; i++)
		count +=
		    strcmp(told[i].key, key) == 0 && told[i].change == change;
	return count;
}

static const struct told *
last_told(void)
{
	ck_assert_uint_gt(told_count, 0);
	return &told[told_count - 1];
}

static void
assert_told(const char *key, enum alarm_change change)
{
	ck_assert_str_eq(last_told()->key, key);
	ck_assert_str_eq(alarm_change_names[last_told()->change],
	    alarm_change_names[change]);
}

/* ---- what is ---- */

struct wanted {
	const char *key;
	struct alarm found;
	bool any;
};

static void
pick(void *context, const struct alarms_news *news)
{
	struct wanted *w = context;
	char key[ORDER_KEY_MAX];

	snprintf(key, sizeof(key), "%s/%s", news->device, news->alarm);
	if (strcmp(key, w->key) != 0)
		return;
	w->found = *news->now;
	w->any = true;
}

/* A plain one if there is none. */
static struct alarm
alarm_of(const char *key)
{
	struct wanted w = {.key = key};

	alarms_each(site.alarms, pick, &w);
	return w.found;
}

static struct alarms_count
count(void)
{
	struct alarms_count c;

	alarms_count(site.alarms, &c);
	return c;
}

/* ---- sites ---- */

static uint16_t gateway;

static void
begin(void)
{
	told_count = asked = 0;
	refuse = false;
	site_begin(device_rules, gateway_rules);
}

static void
ready(void)
{
	gateway = site_gateway();
	site.alarms = site_alarms(tell);
	alarms_tick(site.alarms, 0);
	for (uint16_t i = 0; i < gateway; i++)
		site_good(i, MODE, 1); /* or a fault waits for it */
}

/* a-1 and a-2 on bus a, b-1 on bus b, nothing on bus c. */
static void
small(void)
{
	size_t a, b;

	begin();
	a = site_bus("a");
	b = site_bus("b");
	site_bus("c");
	site_device("a-1", a);
	site_device("a-2", a);
	site_device("b-1", b);
	ready();
}

#define LIFTS 85

static void
large(void)
{
	static char ids[LIFTS][16];
	size_t bus;

	begin();
	bus = site_bus("shaft");
	for (size_t i = 0; i < LIFTS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "lift-%zu", i + 1);
		site_device(ids[i], bus);
	}
	ready();
}

static void
end(void)
{
	site_end();
}

static void
all_online(bool online, int64_t apart_ms)
{
	for (size_t i = 0; i + 1 < site.device_count; i++) {
		site_online((uint16_t)i, online);
		site_pass(apart_ms);
	}
}

/* A kill in which everything told was on disk already: new alarms know what is
 * not plain. */
static void
give(void *context, const struct alarms_news *news)
{
	alarms_restore(context,
	    &(struct alarms_past){
		news->device, news->alarm, news->now, news->cars});
}

static void
restart(void)
{
	struct alarms *next = site_alarms(tell);

	alarms_each(site.alarms, give, next);
	alarms_free(site.alarms);
	site.alarms = next;
	memset(site.live, 0, sizeof(site.live));
}

static void
reload(void)
{
	struct alarms *next = site_alarms(tell);

	alarms_carry_over(next, site.alarms);
	alarms_free(site.alarms);
	site.alarms = next;
	memset(site.live, 0, sizeof(site.live));
}

/* ---- raising and clearing ---- */

START_TEST(a_reading_raises_and_clears_with_their_delays)
{
	site_good(0, FAULT, 1);
	site_pass(1999);
	ck_assert_uint_eq(told_count, 0);
	site_pass(1);
	assert_told("a-1/fault", ALARM_RAISE);
	ck_assert_int_eq(last_told()->now.since_ms, 2000);
	site_good(0, FAULT, 0);
	site_pass(999);
	ck_assert_uint_eq(told_count, 1);
	site_pass(1);
	assert_told("a-1/fault", ALARM_CLEAR);
	ck_assert_int_eq(alarm_of("a-1/fault").state, ALARM_RTNUN);
}
END_TEST

START_TEST(an_alarm_says_the_value_that_raised_it)
{
	site_good(1, LOAD, 91.5);
	site_pass(10 * SECOND);
	assert_told("a-2/heavy", ALARM_RAISE);
	ck_assert_double_eq(last_told()->now.value.f, 91.5);
	ck_assert_str_eq(last_told()->now.unit, "%");
	ck_assert_str_eq(last_told()->now.text_en, "heavy");
	site_good(1, LOAD, 96);
	ck_assert_double_eq(alarm_of("a-2/heavy").value.f, 91.5);
}
END_TEST

START_TEST(a_device_s_readings_concern_no_other)
{
	site_good(0, BUTTON, 0);
	site_good(1, BUTTON, 1);
	ck_assert_uint_eq(told_count, 1);
	assert_told("a-2/button", ALARM_RAISE);
}
END_TEST

START_TEST(the_same_reading_again_is_looked_at_by_drops)
{
	site_good(0, LOAD, 60);
	site_pass(50 * SECOND);
	site_good(0, LOAD, 40);
	assert_told("a-1/drop", ALARM_RAISE);
	site_pass(30 * SECOND);
	site_good(0, LOAD, 40);
	assert_told("a-1/drop", ALARM_CLEAR);
}
END_TEST

START_TEST(the_gateway_has_points_of_its_own)
{
	struct derive_input full = {
	    .value = site_value(LOAD, 90), .quality = {.code = QUALITY_GOOD}};

	alarms_gateway(site.alarms, LOAD, &full, 0);
	assert_told("gateway/disk", ALARM_RAISE);
}
END_TEST

START_TEST(nothing_is_due_when_nothing_is_running)
{
	ck_assert_int_eq(alarms_tick(site.alarms, 5), INT64_MAX);
	site_good(0, FAULT, 1);
	ck_assert_int_eq(alarms_tick(site.alarms, 6), 2005);
}
END_TEST

START_TEST(one_that_is_not_identified_says_so)
{
	alarms_identified(site.alarms, 2, false, 0);
	assert_told("b-1/identity", ALARM_RAISE);
	alarms_identified(site.alarms, 2, true, 1);
	assert_told("b-1/identity", ALARM_CLEAR);
}
END_TEST

START_TEST(chatter_is_seen_over_acknowledged_alarms)
{
	for (int i = 0; i < 3; i++) {
		site_good(0, FAULT, 1);
		site_pass(2 * SECOND);
		site_order(ORDER_ACK, "a-1/fault", 0, (char[ORDER_WHY_MAX]){0});
		site_good(0, FAULT, 0);
		site_pass(10 * SECOND);
	}
	ck_assert_uint_eq(count_told("a-1/fault", ALARM_RAISE), 2);
	ck_assert_uint_eq(count_told("a-1/fault", ALARM_CHATTER), 1);
	ck_assert(alarm_of("a-1/fault").active);
	site_pass(ALARM_CALM_MS);
	assert_told("a-1/fault", ALARM_CALM);
	ck_assert_int_eq(alarm_of("a-1/fault").state, ALARM_NORMAL);
}
END_TEST

/* ---- buses ---- */

START_TEST(a_bus_without_devices_has_no_alarm)
{
	ck_assert_int_eq(site_order(ORDER_ACK, "gateway/bus-down-c", 0,
			     (char[ORDER_WHY_MAX]){0}),
	    ORDER_UNKNOWN);
	ck_assert_int_eq(site_order(ORDER_ACK, "gateway/bus-down", 0,
			     (char[ORDER_WHY_MAX]){0}),
	    ORDER_UNKNOWN);
}
END_TEST

START_TEST(a_bus_is_down_when_all_its_devices_are_known_to_be)
{
	site_online(0, false);
	site_pass(40 * SECOND);
	ck_assert_uint_eq(told_count, 0); /* of a-2 nothing is known */
	site_online(1, false);
	site_pass(30 * SECOND);
	ck_assert_uint_eq(count_told("gateway/bus-down-a", ALARM_RAISE), 1);
	ck_assert_uint_eq(count_told("gateway/bus-down-b", ALARM_RAISE), 0);
	ck_assert_int_eq(alarm_of("gateway/bus-down-a").value.type, VALUE_NONE);
}
END_TEST

START_TEST(a_bus_with_one_device_is_down_with_it)
{
	site_online(2, false);
	site_pass(2 * MINUTE);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(count_told("gateway/bus-down-b", ALARM_RAISE), 1);
	assert_told("b-1/comm_loss", ALARM_RAISE);
	ck_assert_str_eq(last_told()->now.suppressed_by, "gateway/bus-down-b");
	site_online(2, true);
	site_pass(2 * MINUTE);
	ck_assert_int_eq(alarm_of("b-1/comm_loss").state, ALARM_NORMAL);
	ck_assert_uint_eq(count_told("b-1/comm_loss", ALARM_UNSUPPRESS), 0);
}
END_TEST

START_TEST(a_cut_bus_of_85_is_one_alarm)
{
	all_online(true, 0);
	site_pass(HOUR);
	ck_assert_uint_eq(told_count, 0);
	all_online(false, 100);
	site_pass(5 * MINUTE);

	ck_assert_uint_eq(told_count, 1 + LIFTS);
	ck_assert_str_eq(told[0].key, "gateway/bus-down-shaft");
	ck_assert_uint_eq(count().by[SEVERITY_P2][ALARM_UNACK], 1);
	ck_assert_uint_eq(count().suppressed[SEVERITY_P2], LIFTS);
}
END_TEST

START_TEST(the_85_come_back_one_by_one_without_a_flash)
{
	all_online(false, 0);
	site_pass(5 * MINUTE);
	all_online(true, 500);
	site_pass(10 * MINUTE);

	ck_assert_uint_eq(count().suppressed[SEVERITY_P2], 0);
	ck_assert_uint_eq(count().by[SEVERITY_P2][ALARM_RTNUN], 1);
	for (size_t i = 0; i < told_count; i++)
		ck_assert(strcmp(told[i].key, "gateway/bus-down-shaft") == 0 ||
		    (told[i].change == ALARM_RAISE &&
			told[i].now.suppressed_by[0] != '\0') ||
		    (told[i].change == ALARM_CLEAR &&
			told[i].now.state == ALARM_NORMAL));
	ck_assert_uint_eq(told_count, 2 + 2 * LIFTS);
}
END_TEST

START_TEST(what_stays_away_is_shown_after_its_bus_is_back)
{
	all_online(false, 0);
	site_pass(5 * MINUTE);
	site_online(0, true);
	site_pass(10 * SECOND + ALARMS_LINGER_MS - 1);
	ck_assert_uint_eq(count_told("a-2/comm_loss", ALARM_UNSUPPRESS), 0);
	site_pass(1);
	ck_assert_uint_eq(count_told("a-2/comm_loss", ALARM_UNSUPPRESS), 1);
	ck_assert_uint_eq(count_told("a-1/comm_loss", ALARM_UNSUPPRESS), 0);
	ck_assert_int_eq(alarm_of("a-2/comm_loss").state, ALARM_UNACK);
}
END_TEST

START_TEST(one_that_was_lost_before_its_bus_is_hidden_with_it)
{
	all_online(true, 0);
	site_online(0, false);
	site_online(1, true);
	site_pass(60 * SECOND);
	assert_told("a-1/comm_loss", ALARM_RAISE);
	ck_assert_str_eq(last_told()->now.suppressed_by, "");
	site_online(1, false);
	site_pass(30 * SECOND);
	ck_assert_uint_eq(count_told("a-1/comm_loss", ALARM_SUPPRESS), 1);
	ck_assert_str_eq(
	    alarm_of("a-1/comm_loss").suppressed_by, "gateway/bus-down-a");
}
END_TEST

START_TEST(a_device_of_a_bus_that_is_cut_waits_for_the_bus_however_long)
{
	all_online(true, 0);
	site_online(0, false);
	site_pass(5 * MINUTE);
	ck_assert_uint_eq(told_count, 0);
	alarms_failed(site.alarms, 1, site.now_ms);
	site_pass(30 * SECOND);
	assert_told("gateway/bus-down-a", ALARM_RAISE);
	site_pass(30 * SECOND);
	assert_told("a-1/comm_loss", ALARM_RAISE);
	ck_assert_str_eq(last_told()->now.suppressed_by, "gateway/bus-down-a");
}
END_TEST

START_TEST(one_that_is_silent_alone_is_told_of_when_another_answers)
{
	all_online(true, 0);
	site_online(0, false);
	site_pass(5 * SECOND);
	site_online(1, true);
	site_pass(59 * SECOND);
	ck_assert_uint_eq(told_count, 0);
	site_pass(SECOND);
	assert_told("a-1/comm_loss", ALARM_RAISE);
	ck_assert_str_eq(last_told()->now.suppressed_by, "");
}
END_TEST

START_TEST(a_question_that_failed_is_no_bus_that_is_down)
{
	all_online(true, 0);
	for (int i = 0; i < 20; i++) {
		alarms_failed(site.alarms, 0, site.now_ms);
		alarms_failed(site.alarms, 1, site.now_ms);
		site_pass(29 * SECOND);
		site_online(1, true);
		site_pass(SECOND);
	}
	ck_assert_uint_eq(told_count, 0);
}
END_TEST

START_TEST(a_late_tick_shows_no_device_of_a_cut_bus)
{
	all_online(false, 0);
	alarms_tick(site.alarms, 10 * MINUTE);
	ck_assert_str_eq(told[0].key, "gateway/bus-down-a");
	ck_assert_str_eq(told[1].key, "gateway/bus-down-b");
	ck_assert_uint_eq(told_count, 2 + 3);
	ck_assert_uint_eq(count().suppressed[SEVERITY_P2], 3);
}
END_TEST

START_TEST(a_cut_bus_hides_nothing_that_was_read)
{
	site_good(0, BUTTON, 1);
	all_online(false, 0);
	site_pass(5 * MINUTE);
	ck_assert_str_eq(alarm_of("a-1/button").suppressed_by, "");
}
END_TEST

/* ---- suppression by a rule ---- */

START_TEST(inspection_hides_faults_but_never_the_button)
{
	site_good(0, MODE, 2);
	site_good(0, FAULT, 1);
	site_good(0, BUTTON, 1);
	site_pass(2 * SECOND);
	ck_assert_str_eq(alarm_of("a-1/fault").suppressed_by, "a-1/mode");
	ck_assert_str_eq(alarm_of("a-1/button").suppressed_by, "");
	ck_assert_uint_eq(count().suppressed[SEVERITY_P2], 1);
	ck_assert_uint_eq(count().by[SEVERITY_P1][ALARM_UNACK], 1);
	site_good(0, MODE, 1);
	assert_told("a-1/fault", ALARM_UNSUPPRESS);
	site_good(0, MODE, 2);
	assert_told("a-1/fault", ALARM_SUPPRESS);
}
END_TEST

START_TEST(what_inspection_hid_all_its_life_needs_nobody)
{
	site_good(0, MODE, 2);
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	site_good(0, FAULT, 0);
	site_pass(SECOND);
	assert_told("a-1/fault", ALARM_CLEAR);
	ck_assert_int_eq(last_told()->now.state, ALARM_NORMAL);
	ck_assert_str_eq(last_told()->now.suppressed_by, "");
	site_good(0, MODE, 1);
	ck_assert_uint_eq(told_count, 2);
}
END_TEST

/* ---- orders ---- */

START_TEST(an_order_is_told_with_its_name_or_refused_with_a_sentence)
{
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-9/fault", 0, why), ORDER_UNKNOWN);
	ck_assert_int_eq(site_order(ORDER_ACK, "fault", 0, why), ORDER_UNKNOWN);
	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-1/button", 0, why), ORDER_REFUSED);
	ck_assert_str_ne(why, "");
	site_good(0, BUTTON, 1);
	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-1/button", 0, why), ORDER_DONE);
	assert_told("a-1/button", ALARM_ACK);
	ck_assert_str_eq(last_told()->by, "Wang");
	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-1/button", 0, why), ORDER_DONE);
	ck_assert_uint_eq(told_count, 2);
}
END_TEST

START_TEST(a_shelf_ends_by_itself_and_to_the_millisecond)
{
	site_order(
	    ORDER_SHELVE, "a-1/heavy", 2 * HOUR, (char[ORDER_WHY_MAX]){0});
	ck_assert_uint_eq(count().shelved[SEVERITY_P3], 1);
	ck_assert_int_eq(alarms_tick(site.alarms, 1), 2 * HOUR);
	site_pass(2 * HOUR - 1);
	assert_told("a-1/heavy", ALARM_SHELVE);
	site_pass(1);
	assert_told("a-1/heavy", ALARM_UNSHELVE);
	ck_assert_str_eq(last_told()->by, "");
	ck_assert_uint_eq(count().shelved[SEVERITY_P3], 0);
}
END_TEST

/* ---- what cannot be told ---- */

START_TEST(what_cannot_be_told_happens_at_a_later_tick)
{
	refuse = true;
	site_good(0, BUTTON, 1);
	site_good(1, BUTTON, 1);
	ck_assert_uint_eq(asked, 1); /* once is enough until the next tick */
	ck_assert_int_eq(alarm_of("a-1/button").state, ALARM_NORMAL);
	site.now_ms = 500;
	ck_assert_int_gt(alarms_tick(site.alarms, 500), 500);
	ck_assert_uint_eq(asked, 2);
	refuse = false;
	alarms_tick(site.alarms, 501);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_int_eq(alarm_of("a-1/button").since_ms, 501);
	ck_assert_int_eq(alarm_of("a-2/button").state, ALARM_UNACK);
}
END_TEST

START_TEST(what_came_and_went_untold_is_told_later_both_ways)
{
	refuse = true;
	site_good(0, BUTTON, 1);
	site_good(0, LOAD, 82);
	site_pass(10 * SECOND);
	site_good(0, BUTTON, 0);
	site_good(0, LOAD, 74);
	site_pass(10 * SECOND);
	reload();
	refuse = false;
	site_pass(SECOND);
	ck_assert_uint_eq(told_count, 4);
	ck_assert_int_eq(told[0].change, ALARM_RAISE);
	ck_assert_str_eq(told[0].key, "a-1/button");
	ck_assert_int_eq(told[1].change, ALARM_CLEAR);
	ck_assert_int_eq(alarm_of("a-1/button").state, ALARM_UNACK);
	ck_assert(!alarm_of("a-1/button").active);
	/* 74 did not raise it, and 82 is not known any more */
	ck_assert_str_eq(told[2].key, "a-1/heavy");
	ck_assert_int_eq(told[2].now.value.type, VALUE_NONE);
}
END_TEST

START_TEST(a_button_pressed_again_untold_is_heard_again)
{
	site_good(0, BUTTON, 1);
	site_order(ORDER_ACK, "a-1/button", 0, (char[ORDER_WHY_MAX]){0});
	told_count = 0;
	refuse = true;
	site_good(0, BUTTON, 0);
	site_pass(SECOND);
	site_good(0, BUTTON, 1);
	site_pass(SECOND);
	refuse = false;
	site_pass(SECOND);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_int_eq(told[0].change, ALARM_CLEAR);
	ck_assert_int_eq(told[1].change, ALARM_RAISE);
	ck_assert_int_eq(alarm_of("a-1/button").state, ALARM_UNACK);
}
END_TEST

START_TEST(an_order_that_cannot_be_told_is_to_be_tried_again)
{
	char why[ORDER_WHY_MAX];

	site_good(0, BUTTON, 1);
	refuse = true;
	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-1/button", 0, why), ORDER_BUSY);
	ck_assert_str_ne(why, "");
	ck_assert_int_eq(alarm_of("a-1/button").state, ALARM_UNACK);
	refuse = false;
	alarms_tick(site.alarms, 1);
	ck_assert_int_eq(
	    site_order(ORDER_ACK, "a-1/button", 0, why), ORDER_DONE);
}
END_TEST

START_TEST(a_bus_that_cannot_be_told_of_hides_nothing_yet)
{
	all_online(true, 0);
	site_online(0, false);
	site_online(1, true);
	site_pass(61 * SECOND);
	refuse = true;
	site_online(1, false);
	site_pass(40 * SECOND);
	ck_assert_str_eq(alarm_of("a-1/comm_loss").suppressed_by, "");
	refuse = false;
	site_pass(SECOND);
	ck_assert_str_eq(
	    alarm_of("a-1/comm_loss").suppressed_by, "gateway/bus-down-a");
}
END_TEST

/* ---- restarts and reloads ---- */

START_TEST(what_stood_before_a_restart_stands_after_it)
{
	site_good(0, BUTTON, 1);
	site_order(ORDER_ACK, "a-1/button", 0, (char[ORDER_WHY_MAX]){0});
	site_order(ORDER_SHELVE, "a-1/heavy", HOUR, (char[ORDER_WHY_MAX]){0});
	told_count = 0;
	restart();
	site_pass(30 * MINUTE);
	ck_assert_uint_eq(told_count, 0);
	ck_assert_int_eq(alarm_of("a-1/button").state, ALARM_ACKED);
	ck_assert_str_eq(alarm_of("a-1/button").ack.by, "Wang");
	ck_assert_int_eq(alarm_of("a-1/heavy").shelved_until_ms, HOUR);
	site_pass(30 * MINUTE);
	assert_told("a-1/heavy", ALARM_UNSHELVE);
}
END_TEST

START_TEST(a_restored_alarm_clears_when_a_reading_says_so)
{
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	restart();
	told_count = 0;
	site_pass(MINUTE);
	site_read(0, FAULT, 0, QUALITY_BAD_TIMEOUT);
	site_pass(MINUTE);
	ck_assert_uint_eq(told_count, 0);
	site_good(0, FAULT, 0);
	site_pass(SECOND - 1);
	ck_assert_uint_eq(told_count, 0);
	site_pass(1);
	assert_told("a-1/fault", ALARM_CLEAR);
}
END_TEST

START_TEST(a_restored_alarm_is_not_raised_again)
{
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	restart();
	site_good(0, FAULT, 1);
	site_pass(HOUR);
	ck_assert_uint_eq(told_count, 1);
}
END_TEST

START_TEST(a_restart_shows_nothing_that_inspection_hid)
{
	site_good(0, MODE, 2);
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	restart();
	site_pass(MINUTE);
	site_good(0, FAULT, 1);
	site_pass(MINUTE);
	ck_assert_uint_eq(told_count, 1);
	site_good(0, MODE, 1);
	assert_told("a-1/fault", ALARM_UNSUPPRESS);
}
END_TEST

START_TEST(a_restart_shows_nothing_that_a_bus_hid)
{
	all_online(false, 0);
	site_pass(5 * MINUTE);
	told_count = 0;
	restart();
	site_pass(5 * MINUTE);
	all_online(true, SECOND);
	site_pass(5 * MINUTE);
	ck_assert_uint_eq(told_count, 2 + 3); /* clears */
	for (size_t i = 0; i < told_count; i++)
		ck_assert_int_eq(told[i].change, ALARM_CLEAR);
}
END_TEST

START_TEST(a_restart_while_a_bus_lingers_goes_on_hiding)
{
	all_online(false, 0);
	site_pass(5 * MINUTE);
	site_online(0, true);
	site_pass(10 * SECOND);
	ck_assert_uint_eq(count_told("gateway/bus-down-a", ALARM_CLEAR), 1);
	restart();
	site_pass(ALARMS_LINGER_MS - 1);
	ck_assert_uint_eq(count_told("a-2/comm_loss", ALARM_UNSUPPRESS), 0);
	site_pass(1);
	ck_assert_uint_eq(count_told("a-2/comm_loss", ALARM_UNSUPPRESS), 1);
}
END_TEST

START_TEST(a_reload_keeps_alarms_and_tells_of_those_that_are_gone)
{
	site_good(0, FAULT, 1);
	site_good(1, BUTTON, 1);
	site_good(2, LOAD, 90);
	site_pass(10 * SECOND);
	told_count = 0;

	site_edit();
	site.rules[0].name = "trouble"; /* fault is renamed */
	site.devices[1].id = "a-3"; /* a-2 is another device */
	reload();
	ck_assert_uint_eq(told_count, 0);
	alarms_tick(site.alarms, site.now_ms);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(count_told("a-1/fault", ALARM_GONE), 1);
	ck_assert_uint_eq(count_told("a-2/button", ALARM_GONE), 1);
	ck_assert_int_eq(told[0].now.state, ALARM_NORMAL);
	ck_assert(!told[0].has_rule);
	ck_assert_int_eq(alarm_of("b-1/heavy").state, ALARM_UNACK);

	site_good(0, MODE, 1);
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	assert_told("a-1/trouble", ALARM_RAISE);
}
END_TEST

START_TEST(one_that_is_gone_comes_back_if_that_could_not_be_told)
{
	site_good(0, FAULT, 1);
	site_pass(2 * SECOND);
	refuse = true;
	site_edit();
	site.rules[0].name = "trouble";
	reload();
	site_pass(SECOND);
	site_edit();
	site.rules[0].name = "fault";
	reload();
	refuse = false;
	site_pass(SECOND);
	ck_assert_uint_eq(told_count, 1);
	ck_assert_int_eq(alarm_of("a-1/fault").state, ALARM_UNACK);
}
END_TEST

START_TEST(a_reload_keeps_a_change_that_could_not_be_told)
{
	refuse = true;
	site_good(0, BUTTON, 1);
	reload();
	refuse = false;
	site_pass(1);
	assert_told("a-1/button", ALARM_RAISE);
}
END_TEST

START_TEST(a_restart_raises_no_fault_before_it_knows_the_mode)
{
	restart();
	site_good(0, FAULT, 1);
	site_pass(CONDITION_WAIT_MS - 1);
	ck_assert_uint_eq(told_count, 0);
	site_good(0, MODE, 2);
	assert_told("a-1/fault", ALARM_RAISE);
	ck_assert_str_eq(last_told()->now.suppressed_by, "a-1/mode");
	site_good(1, FAULT, 1);
	site_pass(CONDITION_WAIT_MS - 1);
	ck_assert_uint_eq(told_count, 1);
	site_pass(1);
	assert_told("a-2/fault", ALARM_RAISE);
}
END_TEST

/* One each second, and what it reads anew; heavy wants ten seconds. */
START_TEST(a_delay_goes_on_over_reloads)
{
	for (int i = 0; i < 10; i++) {
		site_good(0, LOAD, 90);
		site_pass(SECOND / 2);
		site_edit();
		reload();
		site_pass(SECOND / 2); /* not read: it stands still */
		ck_assert_uint_eq(told_count, 0);
		reload();
	}
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(told_count, 0);
		site_good(0, LOAD, 90);
		site_pass(SECOND);
		reload();
	}
	site_good(0, LOAD, 90);
	assert_told("a-1/heavy", ALARM_RAISE);

	site_good(0, LOAD, 70);
	site_pass(3 * SECOND);
	reload();
	site_good(0, LOAD, 70);
	site_pass(2 * SECOND - 1);
	ck_assert_uint_eq(told_count, 1);
	site_pass(1);
	assert_told("a-1/heavy", ALARM_CLEAR);
}
END_TEST

START_TEST(a_reload_that_changes_a_delay_alone_goes_on_with_it)
{
	site_good(0, LOAD, 90);
	site_pass(6 * SECOND);
	site_edit();
	site.rules[2].on_ms = 8 * SECOND;
	reload();
	site_good(0, LOAD, 90);
	site_pass(2 * SECOND - 1);
	ck_assert_uint_eq(told_count, 0);
	site_pass(1);
	assert_told("a-1/heavy", ALARM_RAISE);
}
END_TEST

/* load and another point change places: what was load's counts for nothing. */
static void
swap_points(void)
{
	static struct point_info swapped[SITE_POINTS];

	memcpy(swapped, site_points, sizeof(swapped));
	swapped[LOAD].name = "weight";
	for (size_t i = 0; i + 1 < site.device_count; i++)
		site.devices[i].points = swapped;
}

START_TEST(a_delay_of_a_rule_that_asks_something_else_begins_anew)
{
	site_good(0, LOAD, 90);
	site_good(0, FAULT, 1);
	site_pass(SECOND);
	site_edit();
	site.rules[0].when = site_expr("flap");
	swap_points();
	reload();
	site_good(0, FLAP, 1);
	site_good(0, MODE, 1);
	site_good(0, LOAD, 90);
	site_pass(2 * SECOND - 1);
	ck_assert_uint_eq(told_count, 0);
	site_pass(1);
	assert_told("a-1/fault", ALARM_RAISE);
	site_pass(8 * SECOND - 1);
	ck_assert_uint_eq(told_count, 1);
	site_pass(1);
	assert_told("a-1/heavy", ALARM_RAISE);
}
END_TEST

START_TEST(what_is_known_of_devices_and_buses_stays_known_over_a_reload)
{
	all_online(true, 0);
	alarms_identified(site.alarms, 1, true, 0);
	site_online(0, false);
	site_online(1, true);
	site_online(2, false);
	site_pass(20 * SECOND);
	reload();
	site_pass(10 * SECOND);
	assert_told("gateway/bus-down-b", ALARM_RAISE);
	reload();
	site_pass(30 * SECOND - 1);
	ck_assert_uint_eq(told_count, 1);
	site_pass(1);
	ck_assert_uint_eq(count_told("a-1/comm_loss", ALARM_RAISE), 1);
	ck_assert_uint_eq(count_told("b-1/comm_loss", ALARM_RAISE), 1);
	ck_assert_str_eq(
	    alarm_of("b-1/comm_loss").suppressed_by, "gateway/bus-down-b");
	ck_assert_uint_eq(told_count, 3);
}
END_TEST

/* a-1 went silent before the reload, a-2 after it: the bus is down then. */
START_TEST(a_bus_goes_silent_over_a_reload)
{
	all_online(true, 0);
	site_online(0, false);
	site_pass(20 * SECOND);
	reload();
	site_online(1, false);
	site_pass(30 * SECOND);
	assert_told("gateway/bus-down-a", ALARM_RAISE);
}
END_TEST

START_TEST(of_a_device_that_moved_to_another_bus_nothing_is_known)
{
	all_online(true, 0);
	site_online(0, false);
	site_online(1, true);
	site_pass(20 * SECOND);
	site_edit();
	site.devices[0].bus = 1;
	reload();
	site_pass(HOUR);
	ck_assert_uint_eq(told_count, 0);
	site_online(2, false);
	site_pass(HOUR); /* a-1 may answer yet */
	ck_assert_uint_eq(told_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarms");
	TCase *one = tcase_create("a small site");
	TCase *many = tcase_create("85 lifts");

	tcase_add_checked_fixture(one, small, end);
	tcase_add_test(one, a_reading_raises_and_clears_with_their_delays);
	tcase_add_test(one, an_alarm_says_the_value_that_raised_it);
	tcase_add_test(one, a_device_s_readings_concern_no_other);
	tcase_add_test(one, the_same_reading_again_is_looked_at_by_drops);
	tcase_add_test(one, the_gateway_has_points_of_its_own);
	tcase_add_test(one, nothing_is_due_when_nothing_is_running);
	tcase_add_test(one, one_that_is_not_identified_says_so);
	tcase_add_test(one, chatter_is_seen_over_acknowledged_alarms);
	tcase_add_test(one, a_bus_without_devices_has_no_alarm);
	tcase_add_test(one, a_bus_is_down_when_all_its_devices_are_known_to_be);
	tcase_add_test(one, a_bus_with_one_device_is_down_with_it);
	tcase_add_test(one, what_stays_away_is_shown_after_its_bus_is_back);
	tcase_add_test(one, one_that_was_lost_before_its_bus_is_hidden_with_it);
	tcase_add_test(
	    one, a_device_of_a_bus_that_is_cut_waits_for_the_bus_however_long);
	tcase_add_test(
	    one, one_that_is_silent_alone_is_told_of_when_another_answers);
	tcase_add_test(one, a_question_that_failed_is_no_bus_that_is_down);
	tcase_add_test(one, a_late_tick_shows_no_device_of_a_cut_bus);
	tcase_add_test(one, a_cut_bus_hides_nothing_that_was_read);
	tcase_add_test(one, inspection_hides_faults_but_never_the_button);
	tcase_add_test(one, what_inspection_hid_all_its_life_needs_nobody);
	tcase_add_test(
	    one, an_order_is_told_with_its_name_or_refused_with_a_sentence);
	tcase_add_test(one, a_shelf_ends_by_itself_and_to_the_millisecond);
	tcase_add_test(one, what_cannot_be_told_happens_at_a_later_tick);
	tcase_add_test(one, what_came_and_went_untold_is_told_later_both_ways);
	tcase_add_test(one, a_button_pressed_again_untold_is_heard_again);
	tcase_add_test(one, an_order_that_cannot_be_told_is_to_be_tried_again);
	tcase_add_test(one, a_bus_that_cannot_be_told_of_hides_nothing_yet);
	tcase_add_test(one, what_stood_before_a_restart_stands_after_it);
	tcase_add_test(one, a_restored_alarm_clears_when_a_reading_says_so);
	tcase_add_test(one, a_restored_alarm_is_not_raised_again);
	tcase_add_test(one, a_restart_shows_nothing_that_inspection_hid);
	tcase_add_test(one, a_restart_shows_nothing_that_a_bus_hid);
	tcase_add_test(one, a_restart_while_a_bus_lingers_goes_on_hiding);
	tcase_add_test(
	    one, a_reload_keeps_alarms_and_tells_of_those_that_are_gone);
	tcase_add_test(
	    one, one_that_is_gone_comes_back_if_that_could_not_be_told);
	tcase_add_test(one, a_reload_keeps_a_change_that_could_not_be_told);
	tcase_add_test(one, a_restart_raises_no_fault_before_it_knows_the_mode);
	tcase_add_test(one, a_delay_goes_on_over_reloads);
	tcase_add_test(
	    one, a_reload_that_changes_a_delay_alone_goes_on_with_it);
	tcase_add_test(
	    one, a_delay_of_a_rule_that_asks_something_else_begins_anew);
	tcase_add_test(
	    one, what_is_known_of_devices_and_buses_stays_known_over_a_reload);
	tcase_add_test(one, a_bus_goes_silent_over_a_reload);
	tcase_add_test(
	    one, of_a_device_that_moved_to_another_bus_nothing_is_known);
	suite_add_tcase(s, one);

	tcase_add_checked_fixture(many, large, end);
	tcase_add_test(many, a_cut_bus_of_85_is_one_alarm);
	tcase_add_test(many, the_85_come_back_one_by_one_without_a_flash);
	suite_add_tcase(s, many);
	return suite_run(s);
}
