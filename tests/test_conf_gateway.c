/* test_conf_gateway.c - riser itself as a device, and a configuration's version
 */
#include "gateway/conf/kind.h"
#include "gateway/conf/rule.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define SITE "site: {id: s}\n"

static const struct alarm_rule *
own_alarm(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->gateway.alarm_count; i++)
		if (strcmp(c->gateway.alarms[i].name, name) == 0)
			return &c->gateway.alarms[i];
	return NULL;
}

/* ---- what riser is ---- */

static const struct {
	const char *name, *unit;
	uint8_t form;
} points[GATEWAY_POINTS] = {
    [GATEWAY_CPU_TEMP] = {"cpu_temp", "degC", FORM_NUMBER},
    [GATEWAY_DISK_USED] = {"disk_used", "%", FORM_NUMBER},
    [GATEWAY_BUFFER_USED] = {"buffer_used", "%", FORM_NUMBER},
    [GATEWAY_UPLINK] = {"uplink", "", FORM_BOOL},
    [GATEWAY_CLOCK_SYNCED] = {"clock_synced", "", FORM_BOOL},
    [GATEWAY_STORE_OK] = {"store_ok", "", FORM_BOOL},
    [GATEWAY_HISTORY_OK] = {"history_ok", "", FORM_BOOL},
    [GATEWAY_HISTORY_ASIDE] = {"history_aside", "", FORM_BOOL},
    [GATEWAY_HISTORY_MISSED] = {"history_missed", "", FORM_NUMBER},
    [GATEWAY_NOTIFY_OK] = {"notify_ok", "", FORM_BOOL},
    [GATEWAY_NOTIFY_FAILING] = {"notify_failing", "", FORM_NUMBER},
};

START_TEST(riser_itself_is_a_device_with_points)
{
	struct conf *c = read_good(SITE);
	const struct conf_device *d = &c->gateway;

	ck_assert_str_eq(d->id, "gateway");
	ck_assert_str_eq(d->name.zh, "网关");
	ck_assert_str_eq(d->name.en, "Gateway");
	ck_assert_str_eq(d->kind, "gateway");
	ck_assert_ptr_null(d->profile);
	ck_assert_uint_eq(d->point_count, GATEWAY_POINTS);
	for (size_t i = 0; i < GATEWAY_POINTS; i++) {
		const struct conf_point *p = &d->points[i];

		ck_assert_str_eq(p->name, points[i].name);
		ck_assert_str_eq(p->unit, points[i].unit);
		ck_assert_uint_eq(p->decode.form, points[i].form);
		ck_assert_msg(p->title.zh && p->title.en, "%s", p->name);
		ck_assert_ptr_null(p->derive);
	}
	conf_free(c);
}
END_TEST

START_TEST(its_kind_has_a_word_of_the_same_form_for_each)
{
	struct walk w = {.diag = diag_new(), .memory = arena_new()};
	struct kinds *kinds = kinds_open(&w);
	const struct kind *k = kinds_take(kinds, "gateway");

	for (size_t i = 0; i < GATEWAY_POINTS; i++) {
		const struct kind_point *word = kind_find(k, points[i].name);

		ck_assert_msg(word != NULL, "%s", points[i].name);
		ck_assert_uint_eq(word->form, points[i].form);
	}
	kinds_close(kinds);
	diag_free(w.diag);
	arena_free(w.memory);
}
END_TEST

START_TEST(riser_itself_is_the_last_of_the_catalog_and_none_of_the_devices)
{
	struct conf *c = read_good(ONE);
	struct catalog *names = conf_catalog(c);
	const struct device_info *d = &names->devices[1];
	int disk = device_find(d, "disk_used");

	ck_assert_uint_eq(c->device_count, 1);
	ck_assert_uint_eq(names->device_count, 2);
	ck_assert_str_eq(names->devices[0].id, "tx-1");
	ck_assert_str_eq(d->id, "gateway");
	ck_assert_ptr_null(d->bus);
	ck_assert_ptr_null(d->profile);
	ck_assert_uint_eq(d->point_count, GATEWAY_POINTS);
	ck_assert_int_eq(disk, GATEWAY_DISK_USED);
	ck_assert(d->points[disk].high == 85);
	catalog_unref(names);
	conf_free(c);
}
END_TEST

/* ---- its alarms ---- */

static const char *const own_alarms[] = {"buffer_filling", "buffer_full",
    "bus-down", "clock", "disk", "history", "history_aside", "history_missed",
    "hot", "notify", "notify_channel", "store", "uplink"};

START_TEST(its_alarms_are_those_of_its_kind_whose_points_it_has)
{
	struct conf *c = read_good(SITE);

	ck_assert_uint_eq(c->gateway.alarm_count, ROWS(own_alarms));
	for (size_t i = 0; i < c->gateway.alarm_count; i++)
		ck_assert_str_eq(c->gateway.alarms[i].name, own_alarms[i]);
	ck_assert_uint_eq(own_alarm(c, "store")->severity, SEVERITY_P2);
	ck_assert_int_eq(own_alarm(c, "bus-down")->on_ms, 30000);
	ck_assert_int_eq(own_alarm(c, "bus-down")->off_ms, 10000);
	ck_assert_uint_eq(own_alarm(c, "bus-down")->severity, SEVERITY_P2);
	conf_free(c);
}
END_TEST

START_TEST(a_configuration_changes_its_alarms_key_by_key)
{
	struct conf *c = read_good(
	    SITE "gateway:\n"
		 "  alarms:\n"
		 "    bus-down: {on: 1m}\n"
		 "    clock: {enabled: false}\n"
		 "    all: {when: not uplink and not bus_up, severity: P1, "
		 "text: \"{bus}\"}\n");

	ck_assert_int_eq(own_alarm(c, "bus-down")->on_ms, 60000);
	ck_assert_int_eq(own_alarm(c, "bus-down")->off_ms, 10000);
	ck_assert_ptr_null(own_alarm(c, "clock"));
	ck_assert(rule_asks(own_alarm(c, "all"), POINT_BUS_UP));
	ck_assert(rule_asks(own_alarm(c, "all"), GATEWAY_UPLINK));
	ck_assert_str_eq(own_alarm(c, "all")->text.zh, "{bus}");
	conf_free(c);
}
END_TEST

/* Twelve alarms of riser as such. */
static const struct {
	const char *text;
	size_t count;
} counts[] = {
    {SITE, 12},
    {HEAD, 14},
    {HEAD "gateway: {alarms: {bus-down: {enabled: false}}}\n", 12},
    {HEAD "gateway: {alarms: {x: {when: bus_up, severity: P4, text: x}}}\n",
	16},
    {HEAD "gateway: {alarms: {x: {when: uplink, suppress: not bus_up, "
	  "severity: P4, text: x}}}\n",
	16},
};

START_TEST(an_alarm_of_a_bus_counts_once_for_each)
{
	struct conf *c = read_good(counts[_i].text);

	ck_assert_uint_eq(conf_alarm_count(c), counts[_i].count);
	conf_free(c);
}
END_TEST

START_TEST(the_alarms_of_devices_count_too)
{
	struct conf *c = read_good(ONE);

	ck_assert_uint_eq(conf_alarm_count(c), 14 + c->devices[0].alarm_count);
	ck_assert_uint_gt(c->devices[0].alarm_count, 10);
	conf_free(c);
}
END_TEST

/* Each has one mistake. */
static const struct {
	const char *text, *place, *piece;
} wrong[] = {
    {SITE "gateway: []\n", "2:10", "gateway: is a list; write keys"},
    {SITE "gateway: {points: {}}\n", "2:11",
	"gateway.points: unknown key; the keys here are alarms"},
    {SITE "gateway: {alarms: [disk]}\n", "2:19",
	"gateway.alarms: is a list; write keys"},
    {SITE "gateway: {alarms: {dsik: {on: 5m}}}\n", "2:20",
	"there is no such alarm; did you mean \"disk\"?"},
    {HEAD "gateway: {alarms: {bus-down-net: {on: 1m}}}\n", "5:20",
	"there is no such alarm; write bus-down: there is one for each bus"},
    {SITE "gateway: {alarms: {bus-down-x: {enabled: false}}}\n", "2:20",
	"there is no such alarm; write bus-down: there is one for each bus"},
    {SITE "gateway: {alarms: {disk: {on: 5}}}\n", "2:31",
	"gateway.alarms.disk.on: \"5\" has no unit"},
    {SITE "gateway: {alarms: {disk: {when: disk_usd > 90}}}\n", "2:33",
	"there is no point disk_usd; did you mean \"disk_used\"?"},
    {SITE "gateway: {alarms: {undervoltage: {on: 5m}}}\n", "2:34",
	"this alarm is not there, for the device has no undervoltage; drop "
	"it"},
    {SITE "gateway: {alarms: {comm_loss: {on: 5m}}}\n", "2:31",
	"this alarm is not there, for the device has no bus; drop it"},
    /* two alarms of one name */
    {HEAD "gateway: {alarms: {bus-down-line: {when: uplink, severity: P4, "
	  "text: x}}}\n",
	"5:20",
	"bus-down and bus-down-line make two alarms called bus-down-line, for "
	"one that asks bus_up stands once for each bus; write another name"},
    {HEAD "  - {id: a-net, url: \"tcp://127.0.0.2:502\"}\n"
	  "gateway: {alarms: {bus-down-a: {when: bus_up, severity: P4, "
	  "text: x}}}\n",
	"6:20", "make two alarms called bus-down-a-net"},
};

START_TEST(a_mistake_in_it_is_told_with_its_place)
{
	ck_assert_ptr_null(read_text(wrong[_i].text));
	assert_told(HERE, wrong[_i].place, wrong[_i].piece);
}
END_TEST

START_TEST(an_alarm_may_be_called_as_a_bus_that_is_not_there)
{
	conf_free(read_good(HEAD
	    "gateway: {alarms: {bus-down-x: {when: uplink, severity: P4, "
	    "text: x}, bus-downs: {when: bus_up, severity: P4, text: x}}}\n"));
}
END_TEST

/* ---- the version ---- */

#define PROFILE "profile: p\nkind: water\npoints: {a: {at: \"input:1\"}}\n"
#define WITH_P HEAD "devices: [{id: a, profile: p, bus: net, unit: 1}]\n"

static const char *
version(const char *profile, const char *text)
{
	static char last[2][16];
	static int turn;
	struct conf *c = read_with(profile, text);

	turn = !turn;
	snprintf(last[turn], sizeof(last[turn]), "%s", c->version);
	conf_free(c);
	return last[turn];
}

START_TEST(a_version_is_eight_hex_digits)
{
	const char *v = version(PROFILE, WITH_P);

	ck_assert_uint_eq(strlen(v), 8);
	ck_assert_uint_eq(strspn(v, "0123456789abcdef"), 8);
}
END_TEST

START_TEST(the_same_files_have_the_same_version)
{
	ck_assert_str_eq(version(PROFILE, WITH_P), version(PROFILE, WITH_P));
}
END_TEST

START_TEST(each_byte_of_each_file_makes_a_version)
{
	ck_assert_str_ne(
	    version(PROFILE, WITH_P), version(PROFILE, WITH_P "#\n"));
	ck_assert_str_ne(
	    version(PROFILE, WITH_P), version(PROFILE "#\n", WITH_P));
}
END_TEST

START_TEST(a_file_that_nobody_asks_for_makes_no_version)
{
	ck_assert_str_eq(version(PROFILE, HEAD), version(PROFILE "#\n", HEAD));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_gateway");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, riser_itself_is_a_device_with_points);
	tcase_add_test(t, its_kind_has_a_word_of_the_same_form_for_each);
	tcase_add_test(
	    t, riser_itself_is_the_last_of_the_catalog_and_none_of_the_devices);
	tcase_add_test(t, its_alarms_are_those_of_its_kind_whose_points_it_has);
	tcase_add_test(t, a_configuration_changes_its_alarms_key_by_key);
	tcase_add_loop_test(
	    t, an_alarm_of_a_bus_counts_once_for_each, 0, ROWS(counts));
	tcase_add_test(t, the_alarms_of_devices_count_too);
	tcase_add_loop_test(
	    t, a_mistake_in_it_is_told_with_its_place, 0, ROWS(wrong));
	tcase_add_test(t, an_alarm_may_be_called_as_a_bus_that_is_not_there);
	tcase_add_test(t, a_version_is_eight_hex_digits);
	tcase_add_test(t, the_same_files_have_the_same_version);
	tcase_add_test(t, each_byte_of_each_file_makes_a_version);
	tcase_add_test(t, a_file_that_nobody_asks_for_makes_no_version);
	suite_add_tcase(s, t);
	return suite_run(s);
}
