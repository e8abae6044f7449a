/* test_conf.c - configurations and profiles that are good */
#include "gateway/poll/plan.h"
#include "tests/conf_help.h"
#include "tests/suite.h"
#include "tests/tls_help.h"

/* ---- what a good one gives ---- */

START_TEST(a_site_alone_has_every_default)
{
	struct conf *c = read_good("site: {id: anju}\n");

	ck_assert_str_eq(c->file, HERE);
	ck_assert_str_eq(c->site.estate, "anju");
	ck_assert_str_eq(c->site.name.zh, "anju");
	ck_assert_str_eq(c->site.timezone, "UTC");
	ck_assert_str_eq(c->store.path, "/var/lib/riser");
	ck_assert_int_eq(c->store.journal_max_bytes, INT64_C(2) << 30);
	ck_assert_int_eq(c->store.events_max_bytes, INT64_C(64) << 20);
	ck_assert_int_eq(c->store.commit_every_ms, 1000);
	ck_assert_int_eq(c->store.clock_wait_ms, 600000);
	ck_assert(!c->has_mqtt && !c->has_influx && !c->has_web);
	ck_assert_uint_eq(c->bus_count + c->device_count, 0);
	conf_free(c);
}
END_TEST

static const char *const writes[] = {
    "http://127.0.0.1:8086/write?db=riser",
    "http://localhost/write",
    "http://[::1]:8428/write?db=a&rp=b&precision=ns",
    "https://b.example/api/v2/write?org=an%20ju&bucket=riser&precision=ns",
    "https://b/insert/0/influx/write?precision=n",
};

START_TEST(a_server_of_lines_is_given_by_its_url)
{
	char text[200];
	struct conf *c;

	snprintf(text, sizeof(text), "site: {id: s}\ninflux: {url: \"%s\"}\n",
	    writes[_i]);
	c = read_good(text);
	ck_assert(c->has_influx);
	ck_assert_str_eq(c->influx.url, writes[_i]);
	ck_assert_str_eq(c->influx.site, "s");
	ck_assert(c->influx.gzip);
	ck_assert_ptr_null(c->influx.token);
	ck_assert_ptr_null(c->influx.ca_file);
	conf_free(c);
}
END_TEST

START_TEST(lines_go_to_another_machine_in_the_clear_if_that_is_meant)
{
	conf_free(
	    read_good("site: {id: s}\ninflux: {url: \"http://10.0.0.9/w\","
		      " allow_plaintext: true, gzip: false}\n"));
}
END_TEST

START_TEST(mqtt_and_web_have_every_default)
{
	struct conf *c = read_good("site: {id: anju}\nweb: {}\n"
				   "mqtt: {url: \"mqtts://broker.example\"}\n");

	ck_assert(c->has_mqtt && c->has_web);
	ck_assert_str_eq(c->mqtt.url, "mqtts://broker.example:8883");
	ck_assert_int_eq(c->mqtt.version, 5);
	ck_assert_str_eq(c->mqtt.client_id, "riser-anju");
	ck_assert_str_eq(c->mqtt.prefix, "riser");
	ck_assert_str_eq(c->mqtt.site, "anju");
	ck_assert_int_eq(c->mqtt.state_every_ms, 10000);
	ck_assert(!c->mqtt.commands);
	ck_assert_ptr_null(c->mqtt.username);
	ck_assert_ptr_null(c->mqtt.password);
	ck_assert_str_eq(c->web.listen, "127.0.0.1:8080");
	conf_free(c);
}
END_TEST

START_TEST(orders_over_mqtt_are_obeyed_if_that_is_said)
{
	struct conf *c = read_good(
	    "site: {id: s}\nmqtt: {url: \"mqtts://b\", commands: true}\n");

	ck_assert(c->mqtt.commands);
	conf_free(c);
}
END_TEST

static const struct {
	const char *given, *url;
} brokers[] = {
    {"mqtt://127.0.0.1", "mqtt://127.0.0.1:1883"},
    {"mqtt://localhost:18883", "mqtt://localhost:18883"},
    {"mqtt://[::1]", "mqtt://[::1]:1883"},
    {"mqtts://[fd00::1]:883", "mqtts://[fd00::1]:883"},
};

START_TEST(a_broker_on_this_machine_needs_no_tls)
{
	char text[128];
	struct conf *c;

	snprintf(text, sizeof(text), "site: {id: s}\nmqtt: {url: \"%s\"}\n",
	    brokers[_i].given);
	c = read_good(text);
	ck_assert_str_eq(c->mqtt.url, brokers[_i].url);
	conf_free(c);
}
END_TEST

START_TEST(plaintext_to_others_can_be_meant)
{
	conf_free(read_good(HEAD "mqtt: {url: \"mqtt://10.0.0.9\", "
				 "username: u, allow_plaintext: true}\n"));
}
END_TEST

#define OWN_DEVICE                                                             \
	DEVICES                                                                \
	"  - id: tx-1\n    " METER "\n    bus: net\n    unit: 0x10\n"          \
	"    kind: feeder\n    heartbeat: 30s\n    name: {en: T1}\n"           \
	"    rating: {kva: 630, in: 909.5, ct: 1, pt: 1}\n"                    \
	"    points:\n      current_l1: {every: 10s, deadband: 1.5, "          \
	"heartbeat: 1h, valid: [1, 2], urgent: true, scale: 0.1, "             \
	"offset: -4, word_order: cdab, unit: A}\n"

START_TEST(a_device_has_its_own_words_over_the_profile_s)
{
	struct conf *c = read_good(OWN_DEVICE);
	const struct conf_device *d = c->devices;

	ck_assert_uint_eq(d->unit, 16);
	ck_assert_str_eq(d->kind, "feeder");
	ck_assert_str_eq(d->profile->kind, "transformer");
	ck_assert(d->rating_kva == 630 && d->rating_in == 909.5);
	ck_assert(d->rating_ct == 1 && d->rating_pt == 1);
	ck_assert_str_eq(d->name.en, "T1");
	ck_assert_ptr_null(d->name.zh);
	ck_assert_int_eq(d->points[1].rule.heartbeat_ms, 30000);
	ck_assert_int_eq(d->points[1].rule.every_ms, 2000);
	conf_free(c);
}
END_TEST

START_TEST(a_point_has_the_device_s_settings_over_the_profile_s)
{
	struct conf *c = read_good(OWN_DEVICE);
	const struct conf_point *p = c->devices[0].points;

	ck_assert_str_eq(p->name, "current_l1");
	ck_assert_int_eq(p->rule.every_ms, 10000);
	ck_assert_int_eq(p->rule.heartbeat_ms, 3600000);
	ck_assert(p->rule.deadband == 1.5 && p->urgent);
	ck_assert(p->decode.valid_min == 1 && p->decode.valid_max == 2);
	ck_assert_int_eq(p->decode.scale.mantissa, 1);
	ck_assert_uint_eq(p->decode.scale.places, 1);
	ck_assert_int_eq(p->decode.offset.mantissa, -4);
	ck_assert_uint_eq(p->decode.order, ORDER_CDAB);
	ck_assert_uint_eq(p->decode.type, RAW_F32);
	conf_free(c);
}
END_TEST

START_TEST(one_device_s_settings_are_not_another_s)
{
	struct conf *c =
	    read_good(ONE "  - {id: tx-2, " METER ", bus: net, unit: 2, "
			  "points: {current_l1: {every: 7s}}}\n");

	ck_assert_ptr_eq(c->devices[0].profile, c->devices[1].profile);
	ck_assert_int_eq(c->devices[0].points[0].rule.every_ms, 2000);
	ck_assert_int_eq(c->devices[1].points[0].rule.every_ms, 7000);
	ck_assert_str_eq(c->devices[1].name.zh, "tx-2");
	conf_free(c);
}
END_TEST

START_TEST(fed_by_may_name_a_later_device)
{
	struct conf *c = read_good(
	    DEVICES "  - {id: a, " WATER ", bus: line, unit: 1, fed_by: b}\n"
		    "  - {id: b, " METER ", bus: net, unit: 255}\n");

	ck_assert_str_eq(c->devices[0].fed_by, "b");
	ck_assert_uint_eq(c->devices[1].unit, 255);
	ck_assert_uint_eq(c->devices[0].bus, 1);
	conf_free(c);
}
END_TEST

START_TEST(a_bus_has_every_default)
{
	struct conf *c = read_good(HEAD);

	ck_assert_uint_eq(c->buses[0].line.timeout_ms, 1000);
	ck_assert_uint_eq(c->buses[0].line.port, 502);
	ck_assert_ptr_nonnull(c->buses[0].driver);
	ck_assert_uint_eq(c->buses[1].line.baud, 9600);
	ck_assert_int_eq(c->buses[1].line.parity, 'N');
	ck_assert_int_eq(c->buses[1].source_line, 4);
	conf_free(c);
}
END_TEST

START_TEST(a_relative_store_lies_beside_the_file)
{
	struct conf *c = read_good("site: {id: s}\nstore: {path: data}\n");

	ck_assert_str_eq(c->store.path, "config/data");
	conf_free(c);
}
END_TEST

/* ---- profiles ---- */

static const struct conf_point *
lift_point(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->devices[0].point_count; i++)
		if (strcmp(c->devices[0].points[i].name, name) == 0)
			return &c->devices[0].points[i];
	ck_abort_msg("no point %s", name);
	return NULL;
}

START_TEST(a_point_s_form_follows_from_its_type)
{
	static const struct {
		const char *name;
		uint8_t space, form, type;
		uint16_t count;
	} points[] = {
	    {"car_call", SPACE_COIL, FORM_BOOL, RAW_BIT, 1},
	    {"moving", SPACE_DISCRETE, FORM_BOOL, RAW_BIT, 1},
	    {"supply", SPACE_DISCRETE, FORM_ENUM, RAW_BIT, 1},
	    {"floor", SPACE_INPUT, FORM_NUMBER, RAW_I16, 1},
	    {"door", SPACE_INPUT, FORM_ENUM, RAW_U16, 1},
	    {"floor_label", SPACE_INPUT, FORM_TEXT, RAW_ASCII, 2},
	    {"trips", SPACE_HOLDING, FORM_NUMBER, RAW_U32, 2},
	};
	struct conf *c =
	    read_good(DEVICES "  - {id: l, " LIFT ", bus: line, unit: 1}\n");

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		const struct conf_point *p = lift_point(c, points[i].name);

		ck_assert_uint_eq(p->space, points[i].space);
		ck_assert_uint_eq(p->decode.form, points[i].form);
		ck_assert_uint_eq(p->decode.type, points[i].type);
		ck_assert_uint_eq(p->count, points[i].count);
	}
	conf_free(c);
}
END_TEST

START_TEST(off_and_no_are_names_as_any_other)
{
	struct conf *c =
	    read_good(DEVICES "  - {id: l, " LIFT ", bus: line, unit: 1}\n");
	const struct conf_point *p = lift_point(c, "occupied");

	ck_assert_uint_eq(p->decode.state_count, 3);
	ck_assert_int_eq(p->decode.states[1].raw, 1);
	ck_assert_int_eq(p->decode.states[1].number, 0); /* "no" is its 1 */
	ck_assert_int_eq(p->decode.names[0].number, 0);
	ck_assert_str_eq(p->decode.names[0].name, "no");
	p = lift_point(c, "door");
	ck_assert_uint_eq(p->decode.bit_low, 4);
	ck_assert_uint_eq(p->decode.bit_high, 7);
	ck_assert(p->urgent);
	ck_assert_str_eq(lift_point(c, "trips")->role, "counter");
	conf_free(c);
}
END_TEST

/* Reads profiles/p.yaml below dir, by itself. */
static const struct conf_profile *
read_profile(const char *text, struct arena **memory)
{
	size_t size;
	FILE *out;
	const struct conf_profile *p;

	free(told);
	out = open_memstream(&told, &size);
	p = conf_read_profile(put("profiles/p.yaml", text, 0600), out, memory);
	fclose(out);
	return p;
}

START_TEST(addresses_are_counted_from_the_makers_base)
{
	struct arena *memory;
	const struct conf_profile *p = read_profile(
	    "profile: p\nkind: water\n"
	    "modbus: {address_base: 40001, word_order: dcba, max_read: 20, "
	    "max_gap: 0, min_gap_time: 20ms, holes: [[40010, 40012]]}\n"
	    "points:\n"
	    "  a: {at: \"holding:40001\"}\n"
	    "  b: {at: \"holding:0x19c40\", word_order: abcd}\n",
	    &memory);

	ck_assert_msg(p != NULL, "%s", told);
	ck_assert_uint_eq(p->points[0].address, 0);
	ck_assert_uint_eq(p->points[0].decode.order, ORDER_DCBA);
	ck_assert_uint_eq(p->points[1].address, 0x19c40 - 40001);
	ck_assert_uint_eq(p->points[1].decode.order, ORDER_ABCD);
	ck_assert_uint_eq(p->holes[0].first, 9);
	ck_assert_uint_eq(p->holes[0].last, 11);
	ck_assert_uint_eq(p->max_read, 20);
	ck_assert_uint_eq(p->max_gap, 0);
	ck_assert_uint_eq(p->min_gap_ms, 20);
	arena_free(memory);
}
END_TEST

START_TEST(a_profile_has_every_default)
{
	struct arena *memory;
	const struct conf_profile *p =
	    read_profile("profile: profiles/p\nkind: water\n"
			 "points: {a: {at: \"input:9\", unit: \"1\"}}\n",
		&memory);
	const struct conf_point *a = p ? p->points : NULL;

	ck_assert_msg(p != NULL, "%s", told);
	ck_assert_str_eq(p->title.en, "profiles/p");
	ck_assert_str_eq(p->verified, "C");
	ck_assert_uint_eq(p->max_read, 125);
	ck_assert_uint_eq(p->max_gap, 8);
	ck_assert_uint_eq(a->decode.type, RAW_U16);
	ck_assert_int_eq(a->decode.scale.mantissa, 1);
	ck_assert_int_eq(a->rule.every_ms, 5000);
	ck_assert_int_eq(a->rule.heartbeat_ms, 0);
	ck_assert_str_eq(a->unit, "");
	ck_assert_str_eq(a->role, "");
	ck_assert(!a->urgent && !a->decode.has_valid);
	arena_free(memory);
}
END_TEST

START_TEST(a_profile_by_itself_must_have_the_name_of_its_file)
{
	struct arena *memory;

	ck_assert_ptr_null(read_profile(
	    "profile: q\nkind: water\npoints: {a: {at: \"input:9\"}}\n",
	    &memory));
	ck_assert_ptr_nonnull(strstr(told,
	    "p.yaml:1:10: profile: \"q\" is not "
	    "the end of this file's path"));
	arena_free(memory);
}
END_TEST

/* ---- for others ---- */

START_TEST(a_catalog_outlives_its_configuration)
{
	struct conf *c = read_good(DEVICES
	    "  - {id: l, " LIFT ", bus: line, unit: 1, fed_by: t, "
	    "place: {building: 3, stair: \"1\", floors: 6}, "
	    "owner: {name: Anda}}\n"
	    "  - {id: t, " METER ", bus: net, unit: 1, rating: {kva: 630}}\n");
	struct catalog *names = conf_catalog(c);
	const struct device_info *l = names->devices;
	int door = device_find(l, "door");

	conf_free(c);
	ck_assert_uint_eq(names->device_count, 2 + 1);
	ck_assert_str_eq(l->id, "l");
	ck_assert_str_eq(l->kind, "elevator");
	ck_assert_str_eq(l->building, "3");
	ck_assert_int_eq(l->floors, 6);
	ck_assert_str_eq(l->fed_by, "t");
	ck_assert_str_eq(l->bus, "line");
	ck_assert_str_eq(l->owner.zh, "Anda");
	ck_assert_str_eq(l->verified, "C");
	ck_assert_int_ge(door, 0);
	ck_assert_str_eq(point_enum_name(&l->points[door], 3), "closing");
	ck_assert(names->devices[1].rating_kva == 630);
	ck_assert_str_eq(
	    point_enum_text(&l->points[device_find(l, "fault_code")], 4).zh,
	    "门区外停梯");
	catalog_unref(names);
}
END_TEST

static const struct conf_point *
point_of(const struct conf *c, const char *name)
{
	const struct conf_device *d = &c->devices[0];

	for (size_t i = 0; i < d->point_count; i++)
		if (strcmp(d->points[i].name, name) == 0)
			return &d->points[i];
	ck_abort_msg("no %s", name);
	return NULL;
}

START_TEST(a_point_is_journalled_as_its_kind_says_or_the_device)
{
	struct conf *c =
	    read_good(DEVICES "  - {id: l, " LIFT ", bus: line, unit: 1, "
			      "points: {service_mode: {journal: false}, door: "
			      "{journal: true}}}\n");

	ck_assert(point_of(c, "fault_code")->journal);
	ck_assert(!point_of(c, "service_mode")->journal);
	ck_assert(point_of(c, "door")->journal);
	ck_assert(!point_of(c, "moving")->journal);
	conf_free(c);
}
END_TEST

START_TEST(a_lift_that_tells_enough_is_in_service_or_not)
{
	struct conf *c =
	    read_good(DEVICES "  - {id: l, " LIFT ", bus: line, unit: 1}\n"
			      "  - {id: p, " WATER ", bus: line, unit: 2}\n");

	ck_assert_uint_eq(point_of(c, "in_service")->derive->form, FORM_BOOL);
	conf_free(c);
}
END_TEST

START_TEST(a_plan_has_the_requests_of_one_bus)
{
	struct conf *c =
	    read_good(DEVICES "  - {id: a, " METER ", bus: net, unit: 1}\n"
			      "  - {id: b, " WATER ", bus: line, unit: 9}\n");
	struct plan *net = conf_plan(c, 0), *line = conf_plan(c, 1);

	ck_assert_uint_eq(line->slot_count, 1);
	ck_assert_uint_eq(line->slots[0].device, 1);
	ck_assert_uint_eq(line->slots[0].unit, 9);
	ck_assert_uint_eq(line->part_count, c->devices[1].polled_count);
	ck_assert_uint_eq(net->part_count, c->devices[0].polled_count);
	ck_assert_uint_gt(c->devices[0].point_count, net->part_count);
	ck_assert(conf_load(c, 1, line) > 0 && conf_load(c, 1, line) < 1);
	plan_free(net);
	plan_free(line);
	conf_free(c);
}
END_TEST

START_TEST(riser_knows_where_its_data_lies)
{
	ck_assert_int_eq(conf_share_dir()[0], '/');
}
END_TEST

/* ---- the project's own files ---- */

static char *
slurp(const char *file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(file, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_gt(getdelim(&text, &size, '\0', f), 0);
	fclose(f);
	return text;
}

/* Each key that the sentence about an unknown one lists stands in riser.yaml,
 * in use or behind a #. */
static void
assert_keys_are_shown(const char *shown)
{
	char *list = strstr(told, "the keys here are ");

	ck_assert_msg(list != NULL, "%s", told);
	list[strcspn(list, "\n")] = '\0';
	strtok(list + strlen("the keys here are "), ", ");
	for (char *key = list + strlen("the keys here are "); key;
	     key = strtok(NULL, ", ")) {
		char colon[64];

		snprintf(colon, sizeof(colon), "%s:", key);
		ck_assert_msg(strstr(shown, colon) != NULL, "%s", key);
	}
}

#define NOTIFY                                                                 \
	"site: {id: s}\nnotify: {"                                             \
	"channels: [{id: a, type: webhook, url: \"http://[::1]\"}], "

static const char *const unknown_keys[] = {
    "xxxxxxxx: 1\n",
    "site: {id: s, xxxxxxxx: 1}\n",
    "site: {id: s}\nstore: {xxxxxxxx: 1}\n",
    "site: {id: s}\nbuses: [{id: a, url: \"tcp://h\", xxxxxxxx: 1}]\n",
    "site: {id: s}\nmqtt: {url: \"mqtts://h\", xxxxxxxx: 1}\n",
    "site: {id: s}\nweb: {xxxxxxxx: 1}\n",
    "site: {id: s}\ngateway: {xxxxxxxx: 1}\n",
    "site: {id: s}\npeople: [{id: a, xxxxxxxx: 1}]\n",
    NOTIFY "xxxxxxxx: 1}\n",
    NOTIFY "escalate: [{after: 1m, to: [a], xxxxxxxx: 1}]}\n",
    NOTIFY "shifts: [{xxxxxxxx: 1}]}\n",
    NOTIFY "quiet: {xxxxxxxx: 1}}\n",
    NOTIFY "repeat: {xxxxxxxx: 1}}\n",
    "site: {id: s}\nnotify: {channels: [{id: a, xxxxxxxx: 1}]}\n",
    DEVICES "  - {id: a, " METER ", bus: net, unit: 1, xxxxxxxx: 1}\n",
    DEVICES "  - {id: a, " METER ", bus: net, unit: 1, place: {xxxxxxxx: 1}}\n",
    DEVICES "  - {id: a, " METER ", bus: net, unit: 1, owner: {xxxxxxxx: 1}}\n",
    DEVICES "  - {id: a, " METER
	    ", bus: net, unit: 1, rating: {xxxxxxxx: 1}}\n",
    DEVICES "  - {id: a, " METER
	    ", bus: net, unit: 1, points: {frequency: {xxxxxxxx: 1}}}\n",
};

START_TEST(riser_yaml_shows_every_key)
{
	char *shown = slurp("config/riser.yaml");

	ck_assert_ptr_null(read_text(unknown_keys[_i]));
	assert_keys_are_shown(shown);
	free(shown);
}
END_TEST

START_TEST(riser_yaml_is_good_and_has_no_trap)
{
	struct conf *c = read_file("config/riser.yaml");

	ck_assert_msg(c != NULL, "%s", told);
	ck_assert_int_eq(conf_warn(c, stderr), 0);
	conf_free(c);
}
END_TEST

/* Drops the # before keys; prose has exactly one blank behind it. */
static void
uncomment(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		bool prose = from[1] == ' ' && from[2] != ' ';

		if (*from == '#' && from > text && from[-1] == '\n' &&
		    from[1] != '\n' && !prose)
			continue;
		*to++ = *from;
	}
	*to = '\0';
}

START_TEST(riser_yaml_is_good_with_its_examples_too)
{
	char *text = slurp("config/riser.yaml"), *url;
	struct conf *c;

	put("mqtt.password", "x", 0600);
	put("influx.token", "me:secret\n", 0600);
	put("ca.pem", "x", 0600);
	put("client.pem", "x", 0600);
	put("client.key", "x", 0600);
	put("duty.url", "https://d.example/robot/send?access_token=x", 0600);
	put("duty.secret", "SECx", 0600);
	put("mail.password", "x", 0600);
	put("users", "wang:duty:$y$j75$YZdkbPvE19Piq93vTn.871$x:Wang\n", 0600);
	tls_make(dir, "web", 100);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	uncomment(text);
	url = strstr(text, "mqtt://127.0.0.1:1883");
	memcpy(url, "mqtts://broker.estate", strlen("mqtts://broker.estate"));
	url = strstr(text, "http://127.0.0.1:8086/write");
	memcpy(url, "https://b.estate:443/write/",
	    strlen("http://127.0.0.1:8086/write"));
	url = strstr(text, "/var/lib/riser/users");
	memset(url, ' ', strlen("/var/lib/riser/"));
	c = read_good(text);
	ck_assert_uint_eq(c->bus_count, 3);
	ck_assert_uint_eq(c->device_count, 2);
	ck_assert_str_eq(c->mqtt.password, "x");
	ck_assert_str_eq(c->influx.token, "me:secret");
	ck_assert_uint_eq(c->notify.channel_count, 3);
	ck_assert_int_eq(conf_warn(c, stderr), 0);
	conf_free(c);
	free(text);
}
END_TEST

/* As the contract counts them. */
static const struct {
	const char *file;
	size_t elevators, transformers, waters, chargers, lamps;
} demos[] = {
    {"config/demo/s.yaml", 2, 1, 2, 0, 0},
    {"config/demo/m.yaml", 12, 9, 12, 20, 6},
    {"config/demo/l.yaml", 85, 9, 12, 0, 0},
};

static size_t
count_kind(const struct conf *c, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->device_count; i++)
		n += strcmp(c->devices[i].kind, kind) == 0;
	return n;
}

START_TEST(a_demo_s_estate_is_as_large_as_it_says_and_has_no_trap)
{
	char *text = slurp(demos[_i].file);
	struct conf *c = read_good(text);

	ck_assert_uint_eq(count_kind(c, "elevator"), demos[_i].elevators);
	ck_assert_uint_eq(count_kind(c, "transformer"), demos[_i].transformers);
	ck_assert_uint_eq(count_kind(c, "water"), demos[_i].waters);
	ck_assert_uint_eq(count_kind(c, "charger"), demos[_i].chargers);
	ck_assert_uint_eq(count_kind(c, "lamp"), demos[_i].lamps);
	ck_assert_int_eq(conf_warn(c, stderr), 0);
	conf_free(c);
	free(text);
}
END_TEST

/* `riser demo` changes exactly these texts. */
START_TEST(a_demo_s_estate_keeps_to_loopback_and_to_its_folder)
{
	char *text = slurp(demos[_i].file);
	struct conf *c = read_good(text);

	ck_assert_str_eq(c->store.path, "/tmp/riser-demo/store");
	ck_assert_ptr_nonnull(strstr(text, "\"mqtt://127.0.0.1:18883\""));
	for (size_t i = 0; i < c->bus_count; i++) {
		const char *url = c->buses[i].url;

		ck_assert_msg(strncmp(url, "tcp://127.0.0.1:", 16) == 0 ||
			strncmp(url, "rtu:///tmp/riser-demo/", 22) == 0,
		    "%s", url);
	}
	conf_free(c);
	free(text);
}
END_TEST

/* Fault tables, too: an estate has hundreds of one model. */
START_TEST(devices_of_one_model_share_their_points_and_alarms)
{
	static const char *const models[] = {METER, WATER, LIFT,
	    "profile: pump/grundfos-booster",
	    "profile: transformer/huasenda-bwdk",
	    "profile: charger/generic-10-socket"};
	char text[1024];
	struct conf *c;

	snprintf(text, sizeof(text),
	    DEVICES "  - {id: a, %s, bus: net, unit: 1}\n"
		    "  - {id: b, %s, bus: net, unit: 2}\n",
	    models[_i], models[_i]);
	c = read_good(text);
	ck_assert_ptr_eq(c->devices[0].points, c->devices[1].points);
	ck_assert_ptr_eq(c->devices[0].alarms, c->devices[1].alarms);
	conf_free(c);
}
END_TEST

static TCase *
good_case(void)
{
	TCase *t = tcase_create("good");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, a_site_alone_has_every_default);
	tcase_add_test(t, mqtt_and_web_have_every_default);
	tcase_add_test(t, orders_over_mqtt_are_obeyed_if_that_is_said);
	tcase_add_loop_test(t, a_server_of_lines_is_given_by_its_url, 0,
	    sizeof(writes) / sizeof(*writes));
	tcase_add_test(
	    t, lines_go_to_another_machine_in_the_clear_if_that_is_meant);
	tcase_add_loop_test(
	    t, a_broker_on_this_machine_needs_no_tls, 0, ROWS(brokers));
	tcase_add_test(t, plaintext_to_others_can_be_meant);
	tcase_add_test(t, a_device_has_its_own_words_over_the_profile_s);
	tcase_add_test(t, a_point_has_the_device_s_settings_over_the_profile_s);
	tcase_add_test(t, one_device_s_settings_are_not_another_s);
	tcase_add_test(t, fed_by_may_name_a_later_device);
	tcase_add_test(t, a_bus_has_every_default);
	tcase_add_test(t, a_relative_store_lies_beside_the_file);
	tcase_add_test(t, a_point_s_form_follows_from_its_type);
	tcase_add_test(t, off_and_no_are_names_as_any_other);
	tcase_add_test(t, addresses_are_counted_from_the_makers_base);
	tcase_add_test(t, a_profile_has_every_default);
	tcase_add_test(t, a_profile_by_itself_must_have_the_name_of_its_file);
	tcase_add_test(t, a_catalog_outlives_its_configuration);
	tcase_add_test(t, a_point_is_journalled_as_its_kind_says_or_the_device);
	tcase_add_test(t, a_lift_that_tells_enough_is_in_service_or_not);
	tcase_add_test(t, a_plan_has_the_requests_of_one_bus);
	tcase_add_test(t, riser_knows_where_its_data_lies);
	tcase_add_loop_test(
	    t, riser_yaml_shows_every_key, 0, ROWS(unknown_keys));
	tcase_add_test(t, riser_yaml_is_good_and_has_no_trap);
	tcase_add_test(t, riser_yaml_is_good_with_its_examples_too);
	tcase_add_loop_test(
	    t, devices_of_one_model_share_their_points_and_alarms, 0, 6);
	tcase_add_loop_test(t,
	    a_demo_s_estate_is_as_large_as_it_says_and_has_no_trap, 0,
	    ROWS(demos));
	tcase_add_loop_test(t,
	    a_demo_s_estate_keeps_to_loopback_and_to_its_folder, 0,
	    ROWS(demos));
	return t;
}

int
main(void)
{
	Suite *s = suite_create("conf");

	suite_add_tcase(s, good_case());
	return suite_run(s);
}
