/* test_definition.c - what a point's number is: its conversion, its digits, and
 * whether it is still the same after a reload */
#include "tests/conf_help.h"
#include "tests/suite.h"

#define TOP "profile: p\nkind: water\n"
#define DEVICE DEVICES "  - {id: a, profile: p, bus: net, unit: 1, "
static uint32_t
definition(const char *point, const char *device)
{
	char text[256];
	struct conf *c;
	struct catalog *names;
	uint32_t sum;

	snprintf(text, sizeof(text),
	    TOP "points:\n  x: %s\nderive:\n  y: \"x * rating.kva\"\n", point);
	c = read_with(text, device);
	names = conf_catalog(c);
	sum = names->devices[0].definition * 961 +
	    names->devices[0].points[0].definition * 31 +
	    names->devices[0].points[1].definition;
	catalog_unref(names);
	conf_free(c);
	return sum;
}

#define DEFINED "{at: \"holding:4\", type: i16, scale: 0.1}"
#define RATED DEVICE "rating: {kva: 630}}\n"

static const struct {
	const char *point, *device;
} redefined[] = {
    {"{at: \"holding:5\", type: i16, scale: 0.1}", RATED},
    {"{at: \"holding:4\", type: u16, scale: 0.1}", RATED},
    {"{at: \"holding:4\", type: i16, scale: 0.01}", RATED},
    {"{at: \"holding:4\", type: i16, scale: 0.1, offset: 1}", RATED},
    {"{at: \"holding:4\", type: i16, scale: 0.1, word_order: badc}", RATED},
    {"{at: \"holding:4\", type: i16, scale: 0.1, scale_pow10: "
     "\"holding:5\"}",
	RATED},
    {DEFINED, DEVICE "rating: {kva: 631}}\n"},
    {DEFINED,
	DEVICES
	"  - {id: a, profile: p, bus: net, unit: 2, rating: {kva: 630}}\n"},
    {DEFINED,
	DEVICES
	"  - {id: a, profile: p, bus: line, unit: 1, rating: {kva: 630}}\n"},
};

START_TEST(a_point_has_another_definition_if_it_is_another_number)
{
	ck_assert_uint_ne(definition(DEFINED, RATED),
	    definition(redefined[_i].point, redefined[_i].device));
}
END_TEST

START_TEST(a_point_s_definition_is_not_how_often_or_how_good)
{
	ck_assert_uint_eq(definition(DEFINED, RATED),
	    definition("{at: \"holding:4\", type: i16, scale: 0.1, every: 9s, "
		       "deadband: 3, valid: [0, 5]}",
		RATED));
}
END_TEST

/* 0.1 degF is 0.0555... degC, of which the nearest decimal is as good. */
START_TEST(a_conversion_that_is_no_decimal_takes_a_scale_too)
{
	struct conf *c = read_with(TOP
	    "points:\n  x: {at: \"holding:4\", type: i16, scale: 0.1, unit: degC, "
	    "unit_from: {at: \"holding:5\", map: {0: degC, 1: degF}}}\n",
	    DEVICE "}\n");
	uint16_t words[] = {2120, 1};
	struct value v;

	ck_assert_int_eq(
	    decode_value(&c->devices[0].points[0].decode, words, 0, &v).code,
	    QUALITY_GOOD);
	ck_assert_double_eq_tol(v.f, 100, 1e-12);
	conf_free(c);
}
END_TEST

static bool
is_exact(const struct conf *c, const char *point)
{
	const struct conf_device *d = &c->devices[0];

	for (size_t i = d->polled_count; i < d->point_count; i++)
		if (strcmp(d->points[i].name, point) == 0)
			return d->points[i].derive->exact;
	ck_abort_msg("%s is not computed", point);
	return false;
}

START_TEST(what_is_computed_is_as_exact_as_what_it_comes_from)
{
	struct conf *c = read_with(TOP
	    "points:\n  volume: {at: \"holding:4\", type: u32}\n"
	    "  ticks: {at: \"holding:8\", type: u64}\n"
	    "  flow: {at: \"holding:6\", type: i16, scale: 0.001}\n"
	    "  level: {at: \"holding:12\", type: i32, scale: 0.001}\n"
	    "derive:\n  day: \"rate(volume, 60s) * 86400\"\n"
	    "  twice: \"2 * day\"\n  later: \"ticks + flow\"\n"
	    "  deep: \"level / 2\"\n  half: \"flow / 2\"\n",
	    DEVICE "}\n");

	ck_assert(is_exact(c, "day")); /* a volume is a counter */
	ck_assert(is_exact(c, "twice"));
	ck_assert(is_exact(c, "later"));
	ck_assert(is_exact(c, "deep")); /* no float holds 32 bits */
	ck_assert(!is_exact(c, "half"));
	conf_free(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("definition");
	TCase *t = tcase_create("definition");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_loop_test(t,
	    a_point_has_another_definition_if_it_is_another_number, 0,
	    ROWS(redefined));
	tcase_add_test(t, a_point_s_definition_is_not_how_often_or_how_good);
	tcase_add_test(t, a_conversion_that_is_no_decimal_takes_a_scale_too);
	tcase_add_test(t, what_is_computed_is_as_exact_as_what_it_comes_from);
	suite_add_tcase(s, t);
	return suite_run(s);
}
