/* test_limits.c - what the rules of a device leave alone is told as a point's
 * limits */
#include <math.h>

#include "gateway/alarm/limits.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define OFF "{enabled: false}"
#define NO_RULES                                                               \
	"low_pressure: " OFF ", low_pressure_long: " OFF ", no_water: " OFF    \
	", high_pressure: " OFF
#define METER_IS METER ", rating: {kva: 630}, bus: net, unit: 1, alarms: {"
#define WATER_IS WATER ", bus: line, unit: 1, "
#define ONE_RULE(text)                                                         \
	WATER_IS "alarms: {" NO_RULES ", mine: {when: \"" text                 \
		 "\", severity: P3, text: \"{name}\"}}"
#define TWO_RULES(text, more)                                                  \
	WATER_IS "alarms: {" NO_RULES ", mine: {when: \"" text                 \
		 "\", severity: P3, text: \"{name}\"}, other: {when: \"" more  \
		 "\", severity: P3, text: \"{name}\"}}"
#define NONE NAN, NAN

static const struct {
	const char *device, *point;
	double low, high; /* NaN: none */
} limits[] = {
    /* the rules that riser comes with */
    {WATER_IS "place: {floors: 6}", "pressure", 0.28, 0.55},
    {WATER_IS "place: {floors: 1}", "pressure", 0.1, 0.55},
    {WATER_IS "fed_by: t", "pressure", 0.05, NAN},
    {WATER_IS "alarms: {" NO_RULES "}", "pressure", NONE},
    {METER_IS "}", "load", NAN, 80},
    {METER_IS "}", "active_power", NONE},
    {METER_IS "}", "voltage_l1n", NONE}, /* three ranges */
    /* as the estate has changed them */
    {METER_IS "heavy: {when: \"load >= 70\"}}", "load", NAN, 70},
    {METER_IS "heavy: {when: \"load >= 90\"}, heavy_long: " OFF "}", "load",
	NAN, 90},
    {WATER_IS "alarms: {low_pressure: {when: \"pressure < 0.05\"}}", "pressure",
	0.05, NAN},
    /* one rule */
    {ONE_RULE("pressure < 0.1"), "pressure", 0.1, NAN},
    {ONE_RULE("0.1 >= pressure"), "pressure", 0.1, NAN},
    {ONE_RULE("pressure > 2 * 0.3"), "pressure", NAN, 0.6},
    {ONE_RULE("not pressure <= 0.6"), "pressure", NAN, 0.6},
    {ONE_RULE("not (pressure > 0.1 and 0.6 >= pressure)"), "pressure", 0.1,
	0.6},
    {ONE_RULE("true and (pressure < 0.1 or pressure > 0.6)"), "pressure", 0.1,
	0.6},
    {ONE_RULE("pressure < -0.1"), "pressure", -0.1, NAN},
    /* two */
    {TWO_RULES("pressure < 0.1", "pressure < 0.2 and pressure >= 0.1"),
	"pressure", 0.2, NAN},
    {TWO_RULES("pressure < 0.1", "pressure < 0.3 and pressure >= 0.2"),
	"pressure", NONE}, /* 0.1 to 0.2 is left alone */
    {TWO_RULES("pressure < 0.1", "pressure > 0.1"), "pressure", 0.1, 0.1},
    /* what leaves nothing, or is never true */
    {ONE_RULE("pressure < 0.1 or pressure >= 0.1"), "pressure", NONE},
    {ONE_RULE("pressure < 0.1 and pressure > 0.2"), "pressure", NONE},
    /* what is no threshold of the value alone */
    {ONE_RULE("pressure < 0.1 and online"), "pressure", NONE},
    {ONE_RULE("pressure * 2 < 0.1"), "pressure", NONE},
    {ONE_RULE("-pressure < 0.1"), "pressure", NONE},
    {ONE_RULE("abs(pressure) < 0.1"), "pressure", NONE},
    {ONE_RULE("pressure < pressure"), "pressure", NONE},
    {ONE_RULE("pressure == 0.1"), "pressure", NONE},
    {ONE_RULE("pressure < 0.1 or pressure != 0.4"), "pressure", NONE},
    {ONE_RULE("(pressure < 0.1) + 1 > 1"), "pressure", NONE},
    {ONE_RULE("(pressure < 0.1) < 1"), "pressure", NONE},
    {ONE_RULE("pressure < 1 / (0.1 - 0.1)"), "pressure", NONE},
    {ONE_RULE("drop(pressure, 60s) > 0.1"), "pressure", NONE},
    {ONE_RULE("rate(pressure, 60s) < 0.1"), "pressure", NONE},
    {ONE_RULE("not online"), "pressure", NONE},
};

START_TEST(what_rules_leave_alone_is_told)
{
	char text[2048];
	struct conf *c;
	struct catalog *names;
	const struct point_info *p;
	int point;

	snprintf(text, sizeof(text),
	    DEVICES "  - {id: t, " METER
		    ", bus: net, unit: 2}\n  - {id: d, %s}\n",
	    limits[_i].device);
	c = read_good(text);
	names = conf_catalog(c);
	point = device_find(&names->devices[1], limits[_i].point);
	ck_assert_int_ge(point, 0);
	p = &names->devices[1].points[point];
	ck_assert_msg(p->has_low == !isnan(limits[_i].low) &&
		p->has_high == !isnan(limits[_i].high),
	    "%s: has low %d, high %d", limits[_i].device, p->has_low,
	    p->has_high);
	if (p->has_low)
		ck_assert_double_eq(p->low, limits[_i].low);
	if (p->has_high)
		ck_assert_double_eq(p->high, limits[_i].high);
	catalog_unref(names);
	conf_free(c);
	forget_told();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("limits");
	TCase *t = tcase_create("limits");

	tcase_add_loop_test(t, what_rules_leave_alone_is_told, 0, ROWS(limits));
	suite_add_tcase(s, t);
	return suite_run(s);
}
