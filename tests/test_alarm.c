/* test_alarm.c - alarms in simulated time: readings and orders -> transitions
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/json.h"
#include "tests/alarm_rows.h"
#include "tests/expr_help.h"
#include "tests/suite.h"

#define MINUTE_MS 60000
#define OFFSET_MS INT64_C(1763690000123)
#define TURNS_MAX 100 /* that time may ask for between two rows */
#define ROWS_WANTED 200

/* ---- the rules ---- */

#define LEVEL "load >= 80", NULL, NULL
#define HEAVY "load >= 80", "load < 75", NULL
#define BUTTON_IN "alarm_button", NULL, NULL
#define OPEN_DOOR "moving and door == open", NULL
#define OF(table) (table), ROWS(table), NULL
#define RELEASED(table) (table), ROWS(table), "door == open"

static const struct group {
	const char *says;
	const char *when, *clear, *suppress;
	int on_s, off_s, shelve_max_min;
	uint8_t severity;
	bool latch;
	const struct row *rows;
	int count;
	const char *release;
} groups[] = {
    {"a load that swings about its limit is no alarm", HEAVY, 900, 600, 480,
	SEVERITY_P3, false, OF(swings)},
    {"what holds is raised once, and cleared below its limit", HEAVY, 900, 600,
	480, SEVERITY_P3, false, OF(holds)},
    {"between two limits the delays begin anew", HEAVY, 900, 600, 480,
	SEVERITY_P3, false, OF(band)},
    {"without delays each reading decides", LEVEL, 0, 0, 480, SEVERITY_P3,
	false, OF(at_once)},
    {"a rule that contradicts itself does not swing", "load >= 80", "load >= 0",
	NULL, 0, 0, 480, SEVERITY_P3, false, OF(contradiction)},
    {"a delay stands still while nothing is known", HEAVY, 900, 600, 480,
	SEVERITY_P3, false, OF(paused)},
    {"a delay is forgotten when nothing was known for longer", HEAVY, 900, 600,
	480, SEVERITY_P3, false, OF(forgotten)},
    {"a short delay is kept for a minute", LEVEL, 5, 0, 480, SEVERITY_P3, false,
	OF(kept)},
    {"a reading that denies it ends a pause too", HEAVY, 900, 600, 480,
	SEVERITY_P3, false, OF(interrupted)},
    {"what is not good neither raises nor clears", LEVEL, 0, 0, 480,
	SEVERITY_P3, false, OF(never_raised)},
    {"one input that is not good is enough", OPEN_DOOR, NULL, 0, 0, 480,
	SEVERITY_P1, false, OF(two_inputs)},
    {"a division by nothing is no answer", "1 / load > 1", NULL, NULL, 0, 0,
	480, SEVERITY_P3, false, OF(no_number)},
    {"nothing has no sign", "load >= 0 and load <= 0", NULL, NULL, 0, 0, 480,
	SEVERITY_P3, false, OF(no_sign)},
    {"the root of a negative is no answer", "sqrt(load) > 1.5", NULL, NULL, 0,
	0, 480, SEVERITY_P3, false, OF(root)},
    {"simulated values raise a test", LEVEL, 0, 0, 480, SEVERITY_P3, false,
	OF(simulated)},
    {"a rate looks at its minute", "rate(pressure, 60s) < -0.01", NULL, NULL, 0,
	0, 480, SEVERITY_P2, false, OF(falls)},
    {"a drop is less than the most of its minute",
	"drop(pressure, 60s) >= 0.08", NULL, NULL, 20, 0, 480, SEVERITY_P2,
	true, OF(bursts)},
    {"what returned is acknowledged before it is normal", LEVEL, 0, 0, 480,
	SEVERITY_P3, false, OF(returned)},
    {"what latches waits for its reset", BUTTON_IN, 0, 0, 0, SEVERITY_P1, true,
	OF(latch_acked_first)},
    {"what latches and is over waits for its acknowledgement", BUTTON_IN, 0, 0,
	0, SEVERITY_P1, true, OF(latch_cleared_first)},
    {"a shelf ends by itself", LEVEL, 0, 0, 30, SEVERITY_P1, false,
	OF(shelves)},
    {"an entrapment is never shelved", BUTTON_IN, 0, 0, 0, SEVERITY_P1, true,
	OF(never_shelved)},
    {"others are shelved for a shift", LEVEL, 0, 0, 480, SEVERITY_P3, false,
	OF(long_shelf)},
    {"a lift in inspection hides its faults", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 480, SEVERITY_P2, false,
	OF(inspected)},
    {"what was seen is not forgotten when it is hidden", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 480, SEVERITY_P2, false,
	OF(in_the_middle)},
    {"a lift in inspection does not flash when riser starts", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 480, SEVERITY_P2, false,
	OF(hidden_from_the_start)},
    {"ten seconds are enough to know what hides an alarm", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 480, SEVERITY_P2, false,
	OF(waits_not_for_ever)},
    {"what is over while it waits was never raised", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 480, SEVERITY_P2, false,
	OF(over_while_it_waited)},
    {"a P1 does not wait to know what hides it", OPEN_DOOR,
	"service_mode == stopped", 0, 0, 30, SEVERITY_P1, false,
	OF(a_life_waits_for_nothing)},
    {"what nobody saw needs nobody", BUTTON_IN, 0, 0, 0, SEVERITY_P1, true,
	OF(bus_down)},
    {"out of service is not without life", LEVEL, 0, 0, 480, SEVERITY_P3, false,
	OF(out_of_service)},
    {"the third raise in ten minutes folds", LEVEL, 0, 0, 480, SEVERITY_P3,
	false, OF(chatters)},
    {"slower ones do not fold", LEVEL, 0, 0, 480, SEVERITY_P3, false,
	OF(too_slow)},
    {"acknowledged ones fold too", LEVEL, 0, 0, 480, SEVERITY_P3, false,
	OF(over_occurrences)},
    {"who took charge of a life hears that it came again", BUTTON_IN, 0, 0, 0,
	SEVERITY_P1, true, OF(life)},
    {"each step of the work is taken once", BUTTON_IN, 0, 0, 0, SEVERITY_P1,
	true, OF(work_chain)},
    {"who says how it ended has looked, and it ends with that", BUTTON_IN, 0, 0,
	0, SEVERITY_P1, true, OF(looked_after)},
    {"who has looked waits for no calm", BUTTON_IN, 0, 0, 0, SEVERITY_P1, true,
	OF(looked_after_chatter)},
    {"how it ended is an acknowledgement too", LEVEL, 0, 0, 480, SEVERITY_P2,
	false, OF(looked_at)},
    {"who looks again has acknowledged it again", LEVEL, 0, 0, 30, SEVERITY_P1,
	false, OF(looked_at_twice)},
    {"what latches ends by itself when its release holds", BUTTON_IN, 0, 0, 0,
	SEVERITY_P1, true, RELEASED(released)},
    {"a release waits until somebody knows", BUTTON_IN, 0, 0, 0, SEVERITY_P1,
	true, RELEASED(released_unheard)},
    {"a release is known anew after a restart", BUTTON_IN, 0, 0, 0, SEVERITY_P1,
	true, RELEASED(released_later)},
    {"a release forgets no raises", BUTTON_IN, 0, 0, 0, SEVERITY_P1, true,
	RELEASED(released_chatter)},
    {"a restart forgets nothing", LEVEL, 0, 0, 480, SEVERITY_P2, false,
	OF(restarts)},
    {"a restart counts the calm from its own beginning", BUTTON_IN, 0, 0, 0,
	SEVERITY_P1, true, OF(chatter_restarts)},
};

/* ---- what plays a row ---- */

static struct alarm_rule rule;
static struct condition condition;
static struct alarm alarm_;
static struct derive_input now[POINTS];
static char outside[ORDER_KEY_MAX]; /* what suppresses it from there */
static int64_t clock_ms, row_ms;
static char changes[2 * ORDER_WHY_MAX]; /* of the row */

static struct derive_input
get(const void *context, uint16_t point)
{
	const struct derive_input *all = context;

	return all[point];
}

static const struct condition_look look = {get, now};

static void
say(const char *text)
{
	if (changes[0] != '\0')
		strcat(changes, " ");
	strcat(changes, text);
}

static void
say_change(enum alarm_change change)
{
	int64_t ms = clock_ms % MINUTE_MS;
	char at[32] = "";

	if (change == ALARM_NONE)
		return;
	if (clock_ms != row_ms)
		snprintf(at, sizeof(at),
		    ms % 1000 ? "@%" PRId64 ":%02d.%03d" : "@%" PRId64 ":%02d",
		    clock_ms / MINUTE_MS, (int)(ms / 1000), (int)(ms % 1000));
	say(alarm_change_names[change]);
	strcat(changes, at);
}

static void
settle(void)
{
	say_change(alarm_suppress(
	    &alarm_, condition.suppressed ? "lift-3-1/inspection" : outside));
	say_change(alarm_condition(
	    &alarm_, &rule, condition.raised, condition.simulated, clock_ms));
	if (condition.released)
		say_change(alarm_release(&alarm_, &rule));
}

/* What time does up to then. */
static void
run(int64_t until_ms)
{
	for (int turns = 0;; turns++) {
		int64_t due = condition_due(&condition);

		if (alarm_due(&alarm_) < due)
			due = alarm_due(&alarm_);
		if (due > until_ms)
			break;
		ck_assert_int_lt(turns, TURNS_MAX);
		clock_ms = due > clock_ms ? due : clock_ms;
		condition_tick(&condition, clock_ms);
		settle();
		say_change(alarm_tick(&alarm_, &rule, clock_ms));
	}
}

/* ---- readings ---- */

static const struct {
	const char *name;
	uint8_t code;
} qualities[] = {
    {"bad", QUALITY_BAD_TIMEOUT},
    {"stale", QUALITY_STALE},
    {"never", QUALITY_NEVER},
    {"sim", QUALITY_SIMULATED},
    {"uncertain", QUALITY_UNCERTAIN_RANGE},
};

static struct value
value_of(const struct expr_name *point, const char *text)
{
	char *end;

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return (struct value){
		    VALUE_BOOL, .u = strcmp(text, "true") == 0};
	for (size_t i = 0; i < point->name_count; i++)
		if (strcmp(point->names[i].name, text) == 0)
			return (struct value){
			    VALUE_ENUM, .i = point->names[i].number};
	struct value v = {VALUE_F64, .f = strtod(text, &end)};

	ck_assert_msg(*end == '\0' && end != text, "\"%s\"", text);
	return v;
}

/* "load sim 81" */
static void
read_point(char *text)
{
	struct derive_input in = {
	    .quality = {.code = QUALITY_GOOD}, .at_ms = clock_ms};
	char *rest = NULL, *name = strtok_r(text, " ", &rest);
	char *word = strtok_r(NULL, " ", &rest);
	struct expr_name point;

	expr_find(NULL, name, &point);
	ck_assert_msg(point.meaning == EXPR_POINT, "%s", name);
	ck_assert_msg(condition_uses(&rule, point.point), "%s", name);
	for (int i = 0; i < ROWS(qualities); i++)
		if (strcmp(qualities[i].name, word) == 0)
			in.quality.code = qualities[i].code;
	if (in.quality.code != QUALITY_GOOD)
		word = strtok_r(NULL, " ", &rest);
	ck_assert_int_eq(word != NULL, quality_has_value(in.quality));
	if (word != NULL)
		in.value = value_of(&point, word);
	now[point.point] = in;
}

static void
read_points(const char *what)
{
	char text[128], *rest = NULL;

	snprintf(text, sizeof(text), "%s", what);
	for (char *part = strtok_r(text, ",", &rest); part != NULL;
	     part = strtok_r(NULL, ",", &rest))
		read_point(part);
	condition_take(&condition, &look, clock_ms);
	settle();
}

/* ---- orders ---- */

static void
say_refusal(const char *why)
{
	say("no: ");
	strcat(changes, why);
}

/* "shelve 30m"; "-": without a note. */
static void
give_order(const char *what)
{
	char verb[32], word[16] = "", text[128], why[ORDER_WHY_MAX];
	bool bare;
	struct order o;
	enum alarm_change change;

	sscanf(what, "%31s %15s", verb, word);
	bare = strcmp(word, "-") == 0;
	ck_assert_msg(order_verb(verb) >= 0, "%s", verb);
	o.verb = (uint8_t)order_verb(verb);
	snprintf(text, sizeof(text), "{\"by\":\"Wang\"%s%s%s%s}",
	    bare ? "" : ",\"note\":\"seen\"",
	    bare || word[0] == '\0' ? "" : ",\"for\":\"", bare ? "" : word,
	    bare || word[0] == '\0' ? "" : "\"");
	if (!order_read(&o, "lift-3-1/x", text, strlen(text), why)) {
		say_refusal(why);
		return;
	}
	change = alarm_order(&alarm_, &rule, &o, clock_ms, why);
	say_change(change);
	if (change == ALARM_NONE && why[0] == '\0')
		say("done");
	else if (change == ALARM_NONE)
		say_refusal(why);
	else
		ck_assert_str_eq(why, "");
	settle();
}

/* ---- a restart ---- */

static void
restart(void)
{
	struct alarm before = alarm_;
	struct sweep_list none;
	char text[SAMPLE_EVENT_MAX];
	struct buf out;
	struct json j = {.out = &out};

	buf_fixed(&out, text, sizeof(text));
	json_open(&j);
	json_key_string(&j, "type", "alarm");
	alarm_record_write(&j, &before, &rule, NULL, OFFSET_MS);
	json_end(&j);
	text[out.len - 1] = '\0';
	memset(&alarm_, 0, sizeof(alarm_));
	if (!alarm_is_plain(&before))
		ck_assert(
		    alarm_record_read(&alarm_, &none, text + 1, OFFSET_MS));
	condition_start(&condition, &rule, memory);
	condition_restore(&condition, alarm_.condition);
}

/* ---- rows ---- */

static int64_t
time_of(const char *text)
{
	int minutes, seconds, ms = 0;

	ck_assert_int_ge(sscanf(text, "%d:%d.%d", &minutes, &seconds, &ms), 2);
	return (int64_t)minutes * MINUTE_MS + seconds * 1000 + ms;
}

static void
suppress_by(const char *by)
{
	strcpy(outside, by);
	settle();
}

static void
play(const char *what)
{
	if (what[0] == '!')
		give_order(what + 1);
	else if (what[0] == '@')
		suppress_by(what + 1);
	else if (strcmp(what, "restart") == 0)
		restart();
	else if (what[0] != '\0')
		read_points(what);
}

static const char *
state_text(void)
{
	static char text[64];
	bool hidden_all = alarm_.state != ALARM_NORMAL && !alarm_.shown;
	bool marks;
	char count[16] = "";

	if (alarm_.chatters)
		snprintf(count, sizeof(count), "C%" PRIu32, alarm_.count);
	marks = alarm_.test || alarm_.chatters || hidden_all ||
	    alarm_is_hidden(&alarm_);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s%s%s%s",
	    alarm_state_names[alarm_.state], alarm_.active ? "*" : "",
	    marks ? " " : "", alarm_.test ? "T" : "", count,
	    hidden_all ? "U" : "", alarm_.shelved_by[0] ? "S" : "",
	    alarm_.suppressed_by[0] ? "D" : "", alarm_.out.by[0] ? "O" : "");
	return text;
}

static void
assert_row(const struct group *g, const struct row *row)
{
	bool refusal = strncmp(row->changes, "no: ", 4) == 0;

	if (refusal)
		ck_assert_msg(strncmp(changes, "no: ", 4) == 0 &&
			strstr(changes, row->changes + 4),
		    "%s: %s %s: %s", g->says, row->at, row->what, changes);
	else
		ck_assert_msg(strcmp(changes, row->changes) == 0,
		    "%s: %s %s: \"%s\", not \"%s\"", g->says, row->at,
		    row->what, changes, row->changes);
	ck_assert_msg(strcmp(state_text(), row->state) == 0,
	    "%s: %s %s: %s, not %s", g->says, row->at, row->what, state_text(),
	    row->state);
	/* what states promise */
	ck_assert(alarm_.active || !alarm_.condition);
	ck_assert(alarm_.state == ALARM_UNACK ||
	    alarm_.active == (alarm_.state == ALARM_ACKED));
	ck_assert_int_eq(alarm_.condition || alarm_.chatters, alarm_.active);
}

static void
begin(const struct group *g)
{
	rule = (struct alarm_rule){.name = "x",
	    .when = parse(g->when),
	    .clear = g->clear ? parse(g->clear) : NULL,
	    .suppress = g->suppress ? parse(g->suppress) : NULL,
	    .release = g->release ? parse(g->release) : NULL,
	    .on_ms = g->on_s * 1000,
	    .off_ms = g->off_s * 1000,
	    .shelve_max_ms = (int64_t)g->shelve_max_min * MINUTE_MS,
	    .severity = g->severity,
	    .latch = g->latch};
	condition_start(&condition, &rule, memory);
	memset(&alarm_, 0, sizeof(alarm_));
	memset(now, 0, sizeof(now)); /* QUALITY_NEVER */
	outside[0] = '\0';
	clock_ms = 0;
	ck_assert(alarm_is_plain(&alarm_));
}

START_TEST(alarms_do_what_their_rows_say)
{
	const struct group *g = &groups[_i];

	begin(g);
	for (int i = 0; i < g->count; i++) {
		changes[0] = '\0';
		row_ms = time_of(g->rows[i].at);
		ck_assert_int_ge(row_ms, clock_ms);
		run(row_ms - 1);
		clock_ms = row_ms;
		play(g->rows[i].what);
		run(row_ms);
		assert_row(g, &g->rows[i]);
	}
}
END_TEST

START_TEST(there_are_rows_enough)
{
	int count = 0;

	for (int i = 0; i < ROWS(groups); i++)
		count += groups[i].count;
	ck_assert_int_ge(count, ROWS_WANTED);
}
END_TEST

/* ---- beside the rows ---- */

static const struct alarm_rule plain_rule = {
    .name = "x", .severity = SEVERITY_P2, .shelve_max_ms = MINUTE_MS};

static struct order
order_of(enum order_verb verb, const char *by)
{
	struct order o = {.verb = (uint8_t)verb, .for_ms = 30000};

	strcpy(o.by, by);
	return o;
}

START_TEST(an_occurrence_keeps_who_and_when)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order ack = order_of(ORDER_ACK, "Wang");
	struct order arrive = order_of(ORDER_ARRIVE, "Li");

	alarm_condition(&a, &plain_rule, true, false, -50);
	alarm_order(&a, &plain_rule, &ack, 10, why);
	alarm_order(&a, &plain_rule, &arrive, 20, why);
	alarm_condition(&a, &plain_rule, false, false, 30);
	ck_assert(alarm_is_plain(&a));
	ck_assert_int_eq(a.since_ms, -50);
	ck_assert_str_eq(a.ack.by, "Wang");
	ck_assert_int_eq(a.ack.at_ms, 10);
	ck_assert_str_eq(a.work[WORK_ARRIVED].by, "Li");
	ck_assert_int_eq(a.work[WORK_ARRIVED].at_ms, 20);
}
END_TEST

static const struct alarm_rule latching_rule = {
    .name = "x", .severity = SEVERITY_P1, .latch = true};

START_TEST(who_says_how_it_ended_has_acknowledged_it)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order rescue = order_of(ORDER_RESCUE, "Li");

	alarm_condition(&a, &latching_rule, true, false, 0);
	ck_assert_int_eq(
	    alarm_order(&a, &latching_rule, &rescue, 10, why), ALARM_RESCUE);
	ck_assert_int_eq(a.state, ALARM_ACKED);
	ck_assert_str_eq(a.ack.by, "Li");
	ck_assert_int_eq(a.ack.at_ms, 10);
	alarm_condition(&a, &latching_rule, false, false, 20);
	ck_assert(alarm_is_plain(&a));
	ck_assert_str_eq(a.work[WORK_RESCUED].by, "Li");
}
END_TEST

START_TEST(who_acknowledged_it_before_stays_so)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order ack = order_of(ORDER_ACK, "Wang");
	struct order false_alarm = order_of(ORDER_FALSE, "Li");

	alarm_condition(&a, &latching_rule, true, false, 0);
	alarm_order(&a, &latching_rule, &ack, 10, why);
	alarm_order(&a, &latching_rule, &false_alarm, 20, why);
	ck_assert_int_eq(a.state, ALARM_ACKED);
	ck_assert_str_eq(a.ack.by, "Wang");
	ck_assert_int_eq(a.ack.at_ms, 10);
}
END_TEST

START_TEST(only_what_latches_is_released)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order ack = order_of(ORDER_ACK, "Wang");

	ck_assert_int_eq(alarm_release(&a, &latching_rule), ALARM_NONE);
	alarm_condition(&a, &plain_rule, true, false, 0);
	alarm_order(&a, &plain_rule, &ack, 10, why);
	a.chatters = true;
	alarm_condition(&a, &plain_rule, false, false, 20);
	ck_assert_int_eq(a.state, ALARM_ACKED);
	ck_assert_int_eq(alarm_release(&a, &plain_rule), ALARM_NONE);
	ck_assert_int_eq(a.state, ALARM_ACKED);
}
END_TEST

START_TEST(an_alarm_alone_has_no_cars)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order check = order_of(ORDER_CHECK, "Wang");

	alarm_condition(&a, &plain_rule, true, false, 0);
	ck_assert_int_eq(
	    alarm_order(&a, &plain_rule, &check, 1, why), ALARM_NONE);
	ck_assert_ptr_nonnull(strstr(why, "no cars"));
}
END_TEST

START_TEST(a_new_occurrence_knows_nothing_of_the_last)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order ack = order_of(ORDER_ACK, "Wang");

	alarm_condition(&a, &plain_rule, true, true, 0);
	strcpy(a.text_en, "old");
	alarm_order(&a, &plain_rule, &ack, 1, why);
	alarm_condition(&a, &plain_rule, false, true, 2);
	alarm_condition(&a, &plain_rule, true, false, 3);
	ck_assert_int_eq(a.since_ms, 3);
	ck_assert_str_eq(a.ack.by, "");
	ck_assert_str_eq(a.text_en, "");
	ck_assert_uint_eq(a.count, 1);
	ck_assert(!a.test);
}
END_TEST

START_TEST(a_shelf_in_advance_shows_no_old_occurrence)
{
	struct alarm a = {0};
	char why[ORDER_WHY_MAX];
	struct order ack = order_of(ORDER_ACK, "Wang");
	struct order shelve = order_of(ORDER_SHELVE, "Li");

	alarm_condition(&a, &plain_rule, true, false, 5);
	alarm_order(&a, &plain_rule, &ack, 6, why);
	alarm_condition(&a, &plain_rule, false, false, 7);
	alarm_order(&a, &plain_rule, &shelve, 8, why);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_str_eq(a.ack.by, "");
	ck_assert_str_eq(a.shelved_by, "Li");
	ck_assert_int_eq(a.shelved_until_ms, 30008);
	ck_assert_int_eq(alarm_due(&a), 30008);
}
END_TEST

START_TEST(each_change_has_a_name_of_its_own)
{
	for (int i = 0; i < ALARM_CHANGES; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
			    alarm_change_names[i], alarm_change_names[k]);
	ck_assert_ptr_null(alarm_change_names[ALARM_CHANGES]);
	ck_assert_ptr_null(alarm_work_names[WORK_COUNT]);
	ck_assert_ptr_null(alarm_state_names[ALARM_LATCHED + 1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarm");
	TCase *t = tcase_create("rows");
	TCase *beside = tcase_create("beside the rows");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, alarms_do_what_their_rows_say, 0, ROWS(groups));
	tcase_add_test(t, there_are_rows_enough);
	suite_add_tcase(s, t);
	tcase_add_test(beside, an_occurrence_keeps_who_and_when);
	tcase_add_test(beside, who_says_how_it_ended_has_acknowledged_it);
	tcase_add_test(beside, who_acknowledged_it_before_stays_so);
	tcase_add_test(beside, only_what_latches_is_released);
	tcase_add_test(beside, an_alarm_alone_has_no_cars);
	tcase_add_test(beside, a_new_occurrence_knows_nothing_of_the_last);
	tcase_add_test(beside, a_shelf_in_advance_shows_no_old_occurrence);
	tcase_add_test(beside, each_change_has_a_name_of_its_own);
	suite_add_tcase(s, beside);
	return suite_run(s);
}
