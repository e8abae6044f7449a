/* test_alarm_devices.c - the configuration's devices as alarms.h asks for them
 */
#include "gateway/alarm/sweep.h"
#include "gateway/alarm_devices.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define TEXT                                                                   \
	DEVICES                                                                \
	"  - {id: lift, " LIFT ", bus: line, unit: 1, fed_by: f,"              \
	" place: {building: \"7\", stair: \"2\"}}\n"                           \
	"  - {id: f, " METER                                                   \
	", kind: feeder, bus: net, unit: 1, rating: {kva: 63}, fed_by: tx}\n"  \
	"  - {id: tx, " METER ", bus: net, unit: 2, rating: {kva: 630}}\n"

static struct conf *conf;
static struct catalog *catalog;
static struct live *live;
static struct arena *memory;
static struct alarms_conf made;

static void
begin(void)
{
	conf = read_good(TEXT);
	catalog = conf_catalog(conf);
	live = live_new();
	live_catalog(live, catalog);
	memory = arena_new();
	alarm_devices_fill(&made, conf, catalog, memory);
}

static void
end(void)
{
	arena_free(memory);
	live_free(live);
	catalog_unref(catalog);
	conf_free(conf);
	forget_told();
}

START_TEST(the_gateway_is_the_last_device)
{
	ck_assert_uint_eq(made.device_count, 4);
	ck_assert_str_eq(made.devices[3].id, "gateway");
	ck_assert_uint_eq(
	    made.devices[3].point_count, conf->gateway.point_count);
	ck_assert_uint_gt(made.devices[3].rule_count, 0);
	ck_assert_uint_eq(made.bus_count, 2);
	ck_assert_str_eq(made.buses[1], "line");
}
END_TEST

START_TEST(a_device_has_its_kind_its_place_and_what_feeds_it)
{
	ck_assert_str_eq(made.devices[0].kind, "elevator");
	ck_assert_str_eq(made.devices[0].building, "7");
	ck_assert_uint_eq(made.devices[0].bus, 1);
	ck_assert_uint_eq(made.devices[0].fed_by, 1);
	ck_assert_str_eq(made.devices[1].kind, "feeder");
	ck_assert_uint_eq(made.devices[1].fed_by, 2);
	ck_assert_str_eq(made.devices[2].kind, "transformer");
	ck_assert_uint_eq(made.devices[2].fed_by, ALARMS_UNFED);
	ck_assert_uint_eq(made.devices[3].fed_by, ALARMS_UNFED);
}
END_TEST

/* What a fault is called. */

static void
read_now(const char *point, struct value value, uint8_t quality)
{
	struct reading r = {
	    .point = (uint16_t)device_find(&catalog->devices[0], point),
	    .quality = {.code = quality},
	    .value = value};

	live_set(live, 0, &r, &(struct stamp){.mono_ms = 1});
}

static const char *
fault_now(uint16_t device)
{
	struct text t = alarm_devices_fault(conf, catalog, live, device);

	return t.zh != NULL ? t.zh : "";
}

START_TEST(a_fault_is_called_what_it_is_as_long_as_it_is_known)
{
	struct value code = {VALUE_ENUM, .i = 101};

	ck_assert_str_eq(fault_now(0), "");
	read_now("fault_code", code, QUALITY_GOOD);
	ck_assert_str_eq(fault_now(0), "困人");
	read_now("fault_code", code, QUALITY_SIMULATED);
	ck_assert_str_eq(fault_now(0), "困人");
	read_now("fault_code", code, QUALITY_STALE);
	ck_assert_str_eq(fault_now(0), "");
}
END_TEST

START_TEST(what_has_no_fault_code_has_no_fault)
{
	ck_assert_str_eq(fault_now(2), "");
	ck_assert_str_eq(fault_now(3), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarm_devices");
	TCase *t = tcase_create("devices");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_gateway_is_the_last_device);
	tcase_add_test(t, a_device_has_its_kind_its_place_and_what_feeds_it);
	tcase_add_test(t, a_fault_is_called_what_it_is_as_long_as_it_is_known);
	tcase_add_test(t, what_has_no_fault_code_has_no_fault);
	suite_add_tcase(s, t);
	return suite_run(s);
}
