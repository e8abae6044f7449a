/* test_supply.c - which device feeds which: fed_by */
#include "gateway/alarm/sweep.h"
#include "gateway/base/buf.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

/* Line 6 is the first device. */
#define TX(id, more)                                                           \
	"  - {id: " id ", " METER                                              \
	", bus: net, unit: 1, rating: {kva: 630}" more "}\n"
#define FED(id, by)                                                            \
	"  - {id: " id ", " LIFT ", bus: net, unit: 1, fed_by: " by "}\n"
#define PUMP(id, by)                                                           \
	"  - {id: " id ", " WATER ", bus: net, unit: 1, fed_by: " by "}\n"

static const struct conf_device *
device_of(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->device_count; i++)
		if (strcmp(c->devices[i].id, id) == 0)
			return &c->devices[i];
	ck_abort_msg("no %s", id);
	return NULL;
}

START_TEST(a_feeder_stands_between_a_transformer_and_its_lifts)
{
	struct conf *c = read_good(DEVICES FED("lift", "f-1")
		PUMP("pump", "f-2") TX("f-1", ", kind: feeder, fed_by: tx")
		    TX("f-2", ", kind: feeder, fed_by: tx") TX("tx", "")
			TX("spare", ""));

	ck_assert_ptr_eq(device_of(c, "lift")->feeder, device_of(c, "f-1"));
	ck_assert_ptr_eq(device_of(c, "f-1")->feeder, device_of(c, "tx"));
	ck_assert_ptr_eq(device_of(c, "pump")->feeder, device_of(c, "f-2"));
	ck_assert_ptr_null(device_of(c, "tx")->feeder);
	ck_assert(device_of(c, "f-1")->feeds_lift);
	ck_assert(device_of(c, "tx")->feeds_lift);
	ck_assert(!device_of(c, "f-2")->feeds_lift);
	ck_assert(!device_of(c, "spare")->feeds_lift);
	ck_assert(!device_of(c, "lift")->feeds_lift);
	conf_free(c);
}
END_TEST

static bool
has_alarm(const struct conf_device *d, const char *name)
{
	for (size_t i = 0; i < d->alarm_count; i++)
		if (strcmp(d->alarms[i].name, name) == 0)
			return true;
	return false;
}

START_TEST(what_feeds_a_lift_has_a_power_cut_wherever_it_stands_in_the_file)
{
	struct conf *c = read_good(DEVICES TX("early", "") FED("lift-1",
	    "early") FED("lift-2", "late") TX("late", "") TX("none", ""));

	ck_assert(has_alarm(device_of(c, "early"), "power_cut"));
	ck_assert(has_alarm(device_of(c, "late"), "power_cut"));
	ck_assert(!has_alarm(device_of(c, "late"), "supply_lost"));
	ck_assert(!has_alarm(device_of(c, "none"), "power_cut"));
	ck_assert(has_alarm(device_of(c, "none"), "supply_lost"));
	conf_free(c);
}
END_TEST

/* Each has one mistake. */
static const struct {
	const char *text, *place, *piece;
} wrong[] = {
    {DEVICES TX("tx", "") PUMP("pump", "tx") FED("lift", "pump"), "8:79",
	"\"pump\" is of kind water, which feeds nobody; write the transformer "
	"or feeder that feeds it"},
    {DEVICES FED("a", "b") FED("b", "c") TX("c", ""), "6:76",
	"\"b\" is of kind elevator, which feeds nobody"},
    {DEVICES TX("a", ", fed_by: b") TX("b", ", fed_by: a"), "7:93",
	"\"a\" closes a circle: b is fed by a, which is fed by b; drop the one "
	"that is not so"},
    {DEVICES TX("a", ", fed_by: b") TX("b", ", fed_by: c")
	    TX("c", ", fed_by: a") FED("lift", "a"),
	"8:93",
	"closes a circle: c is fed by a, which is fed by b, which is fed by c"},
    {DEVICES TX("a", ", fed_by: b") TX("b", ", fed_by: c")
	    TX("c", ", fed_by: b"),
	"8:93", "closes a circle: c is fed by b, which is fed by c"},
    {DEVICES TX("a", ", fed_by: a") FED("lift", "a"), "6:93",
	"is this device itself"},
};

START_TEST(a_mistake_is_told_once_with_its_place)
{
	ck_assert_ptr_null(read_text(wrong[_i].text));
	assert_told(HERE, wrong[_i].place, wrong[_i].piece);
}
END_TEST

/* So many lifts of a transformer, every other one behind a feeder of it. */
static const char *
many(int count)
{
	static char text[16384];
	struct buf b;

	buf_fixed(&b, text, sizeof(text));
	buf_puts(
	    &b, DEVICES TX("tx", "") TX("f", ", kind: feeder, fed_by: tx"));
	for (int i = 0; i < count; i++)
		buf_printf(&b,
		    "  - {id: l%d, " LIFT ", bus: net, unit: 1, fed_by: %s}\n",
		    i, i % 2 ? "tx" : "f");
	text[b.len] = '\0';
	ck_assert(!b.full);
	return text;
}

START_TEST(a_power_cut_has_a_list_of_so_many_lifts)
{
	conf_free(read_good(many(SWEEP_CARS_MAX)));
}
END_TEST

START_TEST(a_lift_too_many_behind_one_device_is_told_once)
{
	ck_assert_ptr_null(read_text(many(SWEEP_CARS_MAX + 5)));
	assert_told(HERE, "40:78",
	    "\"f\" makes it 33 lifts behind tx, and the list of a power cut has "
	    "room for 32; put some of them behind a feeder that has no fed_by "
	    "itself");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("supply");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, NULL, forget_told);
	tcase_add_test(t, a_feeder_stands_between_a_transformer_and_its_lifts);
	tcase_add_test(t,
	    what_feeds_a_lift_has_a_power_cut_wherever_it_stands_in_the_file);
	tcase_add_loop_test(
	    t, a_mistake_is_told_once_with_its_place, 0, ROWS(wrong));
	tcase_add_test(t, a_power_cut_has_a_list_of_so_many_lifts);
	tcase_add_test(t, a_lift_too_many_behind_one_device_is_told_once);
	suite_add_tcase(s, t);
	return suite_run(s);
}
