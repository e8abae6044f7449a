/* test_pipeline_device.c - the data path of a device that says who it is and
 * whose points are computed from one another */
#include "gateway/base/arena.h"
#include "tests/pipeline_help.h"
#include "tests/suite.h"

/* One transformer.  Request 0: its identity (holding 89); 1: power, current
 * (holding 0, 1); 2: the maker's fault (holding 50). */
enum { POWER, CURRENT, FAULT_RAW, LOAD, WORST, RISE, FAULT_CODE, POINTS };
enum { ASK_IDENTITY, ASK_VALUES, ASK_FAULT };

#define NUMBER(the_name, the_address)                                          \
	{                                                                      \
		.name = the_name, .space = SPACE_HOLDING,                      \
		.address = the_address, .count = 1, .first = the_address,      \
		.span = 1, .unit = "", .role = "",                             \
		.decode = {.type = RAW_U16, .scale = {1, 0}}, .rule = {        \
			.heartbeat_ms = 600000,                                \
			.every_ms = 1000                                       \
		}                                                              \
	}
#define DERIVED(the_name, from)                                                \
	{                                                                      \
		.name = the_name, .unit = "", .role = "", .derive = &from,     \
		.rule = {                                                      \
			.heartbeat_ms = 600000,                                \
			.every_ms = 1000                                       \
		}                                                              \
	}

static struct derive load, worst, rise;
static const struct derive_fault faults[] = {{41, 3}, {42, 5}};
static const struct derive fault_code = {.form = FORM_ENUM,
    .fault_point = FAULT_RAW,
    .fault_count = 2,
    .faults = faults};
static const struct enum_name codes[] = {
    {0, "none"}, {3, "SAFETY_CHAIN"}, {5, "DOOR"}, {99, "OTHER"}};

static struct conf_point points[POINTS] = {
    [POWER] = NUMBER("power", 0),
    [CURRENT] = NUMBER("current", 1),
    [FAULT_RAW] = NUMBER("fault_raw", 50),
    [LOAD] = DERIVED("load", load),
    [WORST] = DERIVED("worst", worst),
    [RISE] = DERIVED("rise", rise),
    [FAULT_CODE] = {.name = "fault_code",
	.unit = "",
	.role = "",
	.derive = &fault_code,
	.decode = {.name_count = 4, .names = codes},
	.rule = {.heartbeat_ms = 600000, .every_ms = 1000}},
};
static struct conf_profile profile = {.name = "meter/x",
    .title = {.en = "x"},
    .kind = "transformer",
    .verified = "C",
    .max_read = 125,
    .identity = {.wanted = true,
	.space = SPACE_HOLDING,
	.address = 89,
	.count = 1,
	.decode = {.type = RAW_U16, .scale = {1, 0}},
	.min = 15000,
	.max = 15100}};
static struct conf_device device = {.id = "tx-3",
    .name = {.en = "tx-3"},
    .profile = &profile,
    .kind = "transformer",
    .unit = 3,
    .point_count = POINTS,
    .polled_count = LOAD,
    .points = points};
static struct conf_bus bus = {.id = "b"};
static struct conf transformer = {
    .bus_count = 1, .buses = &bus, .device_count = 1, .devices = &device};

static struct arena *memory;

static void
find_name(const void *context, const char *name, struct expr_name *out)
{
	(void)context;
	*out = (struct expr_name){.meaning = EXPR_UNKNOWN};
	for (uint16_t i = 0; i < POINTS; i++)
		if (strcmp(points[i].name, name) == 0)
			*out = (struct expr_name){
			    .meaning = EXPR_POINT, .point = i};
}

static void
parse(struct derive *d, const char *text)
{
	const struct expr_scope scope = {.find = find_name};
	struct expr_fault fault;

	*d = (struct derive){.expr = expr_parse(text, &scope, memory, &fault)};
	ck_assert_msg(d->expr != NULL, "%s: %s", text, fault.why);
}

static void
setup(void)
{
	memory = arena_new();
	parse(&load, "100 * power / 400");
	parse(&worst, "max(load, current)");
	parse(&rise, "rate(power, 60s)");
	profile.identity.wanted = true;
	open_pipeline(&transformer);
}

static void
teardown(void)
{
	close_pipeline();
	arena_free(memory);
}

/* The same device whose profile asks nobody who he is. */
static void
setup_unasked(void)
{
	setup();
	close_pipeline();
	profile.identity.wanted = false;
	open_pipeline(&transformer);
}

static void
identity(uint16_t model)
{
	take(ASK_IDENTITY, DRIVER_OK, &model, 1);
}

static void
values(uint16_t power, uint16_t current)
{
	const uint16_t words[] = {power, current};

	take(profile.identity.wanted ? ASK_VALUES : ASK_VALUES - 1, DRIVER_OK,
	    words, 2);
}

static void
fault(uint16_t raw)
{
	take(profile.identity.wanted ? ASK_FAULT : ASK_FAULT - 1, DRIVER_OK,
	    &raw, 1);
}

/* ---- who it is ---- */

START_TEST(values_of_nobody_knows_whom_are_not_used)
{
	values(200, 7);
	ck_assert_str_eq(committed(),
	    "power=bad:identity current=bad:identity load=bad:identity"
	    " worst=bad:identity rise=bad:identity");
	ck_assert_int_eq(live_get(live, 0, POWER)->value.type, VALUE_NONE);
	values(201, 7);
	ck_assert_str_eq(committed(), ""); /* nothing has changed */
}
END_TEST

START_TEST(the_right_models_values_flow)
{
	identity(15040);
	ck_assert_str_eq(committed(), "");
	values(200, 7);
	ck_assert_str_eq(committed(),
	    "power=200 current=7 load=50 worst=50"
	    " rise=bad:not_available");
}
END_TEST

START_TEST(another_model_takes_all_its_values_at_once)
{
	identity(15040);
	values(200, 7);
	committed();
	identity(12);
	ck_assert_str_eq(committed(),
	    "power=bad:identity current=bad:identity fault_raw=bad:identity"
	    " load=bad:identity worst=bad:identity rise=bad:identity"
	    " fault_code=bad:identity");
	identity(12);
	values(200, 7);
	fault(41);
	ck_assert_str_eq(committed(), "");
	identity(15040);
	values(200, 7);
	ck_assert_str_eq(committed(),
	    "power=200 current=7 load=50 worst=50"
	    " rise=bad:not_available");
}
END_TEST

START_TEST(a_model_without_the_register_is_another)
{
	identity(15040);
	values(200, 7);
	committed();
	failure(DRIVER_EXCEPTION, ASK_IDENTITY);
	ck_assert_int_eq(
	    live_get(live, 0, POWER)->quality.code, QUALITY_BAD_IDENTITY);
	values(200, 7);
	ck_assert_int_eq(
	    live_get(live, 0, POWER)->quality.code, QUALITY_BAD_IDENTITY);
}
END_TEST

START_TEST(silence_about_who_it_is_changes_nothing)
{
	failure(DRIVER_TIMEOUT, ASK_IDENTITY);
	ck_assert_str_eq(committed(), "");
	ck_assert_int_eq(live_get(live, 0, POWER)->quality.code, QUALITY_NEVER);
	identity(15040);
	values(200, 7);
	committed();
	failure(DRIVER_TIMEOUT, ASK_IDENTITY);
	values(201, 7);
	ck_assert_str_eq(committed(), "power=201 load=50 worst=50");
}
END_TEST

START_TEST(who_was_away_says_again_who_he_is)
{
	identity(15040);
	values(200, 7);
	committed();
	failure(DRIVER_TIMEOUT, -1);
	ck_assert_str_eq(committed(),
	    "power=bad:timeout current=bad:timeout fault_raw=bad:timeout"
	    " load=bad:timeout worst=bad:timeout rise=bad:timeout"
	    " fault_code=bad:timeout");
	values(12, 7);
	ck_assert_str_eq(committed(),
	    "power=bad:identity current=bad:identity load=bad:identity"
	    " worst=bad:identity rise=bad:identity");
	identity(15040);
	values(200, 7);
	ck_assert_str_eq(committed(),
	    "power=200 current=7 load=50 worst=50"
	    " rise=bad:not_available");
}
END_TEST

START_TEST(a_request_that_fails_keeps_its_own_reason)
{
	failure(DRIVER_TIMEOUT, ASK_FAULT);
	ck_assert_str_eq(
	    committed(), "fault_raw=bad:timeout fault_code=bad:timeout");
	failure(DRIVER_EXCEPTION, ASK_FAULT); /* whose refusal? */
	ck_assert_str_eq(
	    committed(), "fault_raw=bad:identity fault_code=bad:identity");
}
END_TEST

START_TEST(after_a_reload_it_is_asked_again)
{
	identity(15040);
	values(200, 7);
	committed();
	reload();
	values(200, 7);
	ck_assert_int_eq(
	    live_get(live, 0, POWER)->quality.code, QUALITY_BAD_IDENTITY);
	identity(15040);
	values(200, 7);
	ck_assert_int_eq(live_get(live, 0, POWER)->quality.code, QUALITY_GOOD);
}
END_TEST

/* ---- what follows from it ---- */

START_TEST(what_is_computed_stands_in_the_batch_of_its_inputs)
{
	values(200, 70);
	ck_assert_str_eq(committed(),
	    "power=200 current=70 load=50 worst=70"
	    " rise=bad:not_available");
	fault(41);
	ck_assert_str_eq(committed(), "fault_raw=41 fault_code=3");
	ck_assert_double_eq(value_number(&live_get(live, 0, WORST)->value), 70);
}
END_TEST

START_TEST(a_faults_number_is_the_tables_or_none_or_another)
{
	fault(0);
	ck_assert_str_eq(committed(), "fault_raw=0 fault_code=0");
	fault(42);
	ck_assert_str_eq(committed(), "fault_raw=42 fault_code=5");
	fault(43);
	ck_assert_str_eq(committed(), "fault_raw=43 fault_code=99");
}
END_TEST

START_TEST(a_rate_is_over_its_span_of_batches)
{
	for (int s = 0; s <= 60; s += 10, now_ms += 10000)
		values((uint16_t)(1000 + 120 * s / 10), 7);
	ck_assert_int_eq(live_get(live, 0, RISE)->quality.code, QUALITY_GOOD);
	ck_assert_double_eq_tol(
	    value_number(&live_get(live, 0, RISE)->value), 12, 1e-9);
}
END_TEST

/* load uses power alone, worst uses load and current. */
START_TEST(only_what_an_input_changed_is_computed)
{
	points[LOAD].rule.deadband = 1;
	values(200, 7);
	committed();
	values(201, 7);
	ck_assert_str_eq(committed(), "power=201 worst=50");
	values(201, 8);
	ck_assert_str_eq(committed(), "current=8");
	fault(1);
	ck_assert_str_eq(committed(), "fault_raw=1 fault_code=99");
	points[LOAD].rule.deadband = 0;
}
END_TEST

START_TEST(what_waits_for_an_input_nobody_read_is_not_told)
{
	struct derive was = worst;

	parse(&worst, "max(load, fault_raw)");
	close_pipeline();
	open_pipeline(&transformer);
	values(200, 7);
	ck_assert_str_eq(committed(),
	    "power=200 current=7 load=50"
	    " rise=bad:not_available");
	ck_assert_int_eq(live_get(live, 0, WORST)->quality.code, QUALITY_NEVER);
	fault(60);
	ck_assert_str_eq(committed(), "fault_raw=60 worst=60 fault_code=99");
	values(280, 7);
	ck_assert_str_eq(committed(), "power=280 load=70 worst=70");
	worst = was;
}
END_TEST

START_TEST(a_bad_input_makes_bad_what_follows_from_it)
{
	values(200, 7);
	fault(41);
	committed();
	committed();
	failure(DRIVER_TIMEOUT, 0);
	ck_assert_str_eq(committed(),
	    "power=bad:timeout current=bad:timeout"
	    " load=bad:timeout worst=bad:timeout"
	    " rise=bad:timeout");
	ck_assert_int_eq(
	    live_get(live, 0, FAULT_CODE)->quality.code, QUALITY_GOOD);
	failure(DRIVER_BUS, -1);
	ck_assert_int_eq(
	    live_get(live, 0, FAULT_CODE)->quality.code, QUALITY_BAD_BUS);
	ck_assert_int_eq(
	    live_get(live, 0, WORST)->quality.code, QUALITY_BAD_BUS);
}
END_TEST

START_TEST(what_follows_from_a_stale_point_is_stale_with_it)
{
	values(200, 7);
	committed();
	now_ms += 10000;
	fault(41);
	committed();
	now_ms += 6000;
	tick();
	ck_assert_str_eq(committed(),
	    "power=stale current=stale load=stale worst=stale rise=stale");
	now_ms += 600000;
	tick();
	ck_assert_str_eq(committed(), "fault_raw=stale fault_code=stale");
	tick();
	ck_assert_str_eq(committed(), "");
}
END_TEST

START_TEST(a_reload_keeps_what_was_kept_of_it)
{
	values(200, 7);
	committed();
	reload();
	values(200, 7);
	ck_assert_str_eq(committed(), "");
	values(204, 7);
	ck_assert_str_eq(committed(), "power=204 load=51 worst=51");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pipeline_device");
	TCase *who = tcase_create("identity"), *what = tcase_create("derived");

	suite_add_tcase(s, who);
	tcase_set_timeout(who, 60);
	tcase_add_checked_fixture(who, setup, teardown);
	tcase_add_test(who, values_of_nobody_knows_whom_are_not_used);
	tcase_add_test(who, the_right_models_values_flow);
	tcase_add_test(who, another_model_takes_all_its_values_at_once);
	tcase_add_test(who, a_model_without_the_register_is_another);
	tcase_add_test(who, silence_about_who_it_is_changes_nothing);
	tcase_add_test(who, who_was_away_says_again_who_he_is);
	tcase_add_test(who, a_request_that_fails_keeps_its_own_reason);
	tcase_add_test(who, after_a_reload_it_is_asked_again);
	suite_add_tcase(s, what);
	tcase_set_timeout(what, 60);
	tcase_add_checked_fixture(what, setup_unasked, teardown);
	tcase_add_test(
	    what, what_is_computed_stands_in_the_batch_of_its_inputs);
	tcase_add_test(what, a_faults_number_is_the_tables_or_none_or_another);
	tcase_add_test(what, a_rate_is_over_its_span_of_batches);
	tcase_add_test(what, only_what_an_input_changed_is_computed);
	tcase_add_test(what, what_waits_for_an_input_nobody_read_is_not_told);
	tcase_add_test(what, a_bad_input_makes_bad_what_follows_from_it);
	tcase_add_test(what, what_follows_from_a_stale_point_is_stale_with_it);
	tcase_add_test(what, a_reload_keeps_what_was_kept_of_it);
	return suite_run(s);
}
