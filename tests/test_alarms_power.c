/*
 * test_alarms_power.c - lifts and what feeds them, in a site that is polled
 *
 * Each second each device is asked: one that has power answers with all that it
 * says, one that has not fails, is given up after three questions and asked on.
 */
#include "gateway/alarm/sweep.h"
#include "gateway/base/buf.h"
#include "gateway/sim/rng.h"
#include "tests/alarms_help.h"
#include "tests/suite.h"

/* ---- rules, as config/kinds has them ---- */

static const struct site_rule lift_rules[] = {
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"entrapment", "car_trapped", NULL, NULL, 0, 0, 0, SEVERITY_P1, true},
    {"entrapment_suspected", "car_suspect", NULL, "car_trapped", 60 * SECOND, 0,
	0, SEVERITY_P1, true},
    {"power_lost", "car_unpowered and not car_at_risk", NULL, NULL, 30 * SECOND,
	60 * SECOND, 8 * HOUR, SEVERITY_P2, false},
    {"power_lost_occupied", "car_at_risk", NULL, NULL, 5 * SECOND, 30 * SECOND,
	30 * MINUTE, SEVERITY_P1, false},
    {0}};

static const struct site_rule meter_rules[] = {
    {"cars_late", "cars_late", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P2, false},
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P3, false},
    {"power_cut", "power_cut", NULL, NULL, 2 * SECOND, 30 * SECOND, 0,
	SEVERITY_P1, true},
    {0}};

static const struct site_rule other_rules[] = {
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"fault", "fault", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P2, false},
    {"supply_lost", "phase_lost", NULL, NULL, 2 * SECOND, 30 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {0}};

static const struct site_rule gateway_rules[] = {
    {"bus-down", "not bus_up", NULL, NULL, 30 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {0}};

/* What needs no power, what ends by itself, and what is said. */
static const struct {
	const char *name, *release;
	struct text text;
} more[] = {
    {"entrapment", "car_freed", {"困人{fault_text}", "trapped{fault_text}"}},
    {"entrapment_suspected", "car_freed",
	{"疑似困人（{occupied}{doubt}）", "suspected ({occupied}{doubt})"}},
    {"cars_late", NULL, {"未恢复：{late_cars}", "not running: {late_cars}"}},
    {"supply_lost", NULL, {"{name} {cut}", "{name}: {cut}"}},
    {"power_cut", "cars_back",
	{"{name} {cut}，影响电梯{count}台：{cars}",
	    "{name}: {cut}, {count} lifts: {cars}"}},
};

/* ---- the site ---- */

/* tx-1 feeds lift-a, lift-b and the pump, and over feeder-1 lift-c; tx-2 feeds
 * lift-z; tx-3 feeds no lift but the lamp. */
enum {
	TX_1,
	TX_2,
	TX_3,
	FEEDER,
	LIFT_A,
	LIFT_B,
	LIFT_C,
	LIFT_Z,
	PUMP,
	LAMP,
	DEVICES
};

static struct device {
	bool answers;
	unsigned fails;
	double says[SITE_POINTS_ALL];
} world[DEVICES];

static const struct row {
	const char *id, *kind, *bus;
	size_t fed_by;
} rows[DEVICES] = {
    [TX_1] = {"tx-1", "transformer", "meters", ALARMS_UNFED},
    [TX_2] = {"tx-2", "transformer", "meters", ALARMS_UNFED},
    [TX_3] = {"tx-3", "transformer", "meters", ALARMS_UNFED},
    [FEEDER] = {"feeder-1", "feeder", "meters", TX_1},
    [LIFT_A] = {"lift-a", "elevator", "shaft", TX_1},
    [LIFT_B] = {"lift-b", "elevator", "shaft", TX_1},
    [LIFT_C] = {"lift-c", "elevator", "shaft", FEEDER},
    [LIFT_Z] = {"lift-z", "elevator", "shaft", TX_2},
    [PUMP] = {"pump", "pump", "yard", TX_1},
    [LAMP] = {"lamp", "lamp", "yard", TX_3},
};

static struct alarm_rule sets[3][SITE_RULES_MAX];
static size_t set_counts[3];

static bool
is_kind(uint16_t device, const char *kind)
{
	return strcmp(rows[device].kind, kind) == 0;
}

static size_t
bus_of(const char *id)
{
	for (size_t i = 0; i < site.bus_count; i++)
		if (strcmp(site.buses[i], id) == 0)
			return i;
	return site_bus(id);
}

static int
set_of(uint16_t device)
{
	if (is_kind(device, "elevator"))
		return 0;
	return (is_kind(device, "transformer") || is_kind(device, "feeder")) &&
		device != TX_3
	    ? 1
	    : 2;
}

static void
add_more(struct alarm_rule *r)
{
	r->needs_power = true;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (strcmp(more[i].name, r->name) != 0)
			continue;
		r->release = site_expr(more[i].release);
		r->text = more[i].text;
		r->needs_power = strcmp(r->name, "power_cut") == 0;
	}
}

static void
add_rules(int set, const struct site_rule *from)
{
	set_counts[set] = site_rules(sets[set], from);
	for (size_t i = 0; i < set_counts[set]; i++)
		add_more(&sets[set][i]);
}

static void
add_devices(void)
{
	const struct row *r;
	int set;

	for (uint16_t i = 0; i < DEVICES; i++) {
		r = &rows[i];
		set = set_of(i);
		site_add(r->id, bus_of(r->bus), sets[set], set_counts[set]);
		site.devices[i].kind = r->kind;
		site.devices[i].fed_by = r->fed_by;
		site.devices[i].building = r->id;
		site.devices[i].point_count = SITE_POINTS_ALL;
	}
	site_gateway();
}

/* ---- what was told ---- */

#define TOLD_MAX 400

static struct told {
	char key[ORDER_KEY_MAX];
	enum alarm_change change;
	struct alarm now;
	struct sweep_list cars;
	char car[SWEEP_ID_MAX];
	int64_t at_ms;
} told[TOLD_MAX];
static size_t told_count;
static bool refuse;

static bool
tell(void *context, const struct alarms_news *news)
{
	static const struct sweep_list none;
	struct told *t = &told[told_count];

	(void)context;
	if (refuse)
		return false;
	ck_assert_uint_lt(told_count, TOLD_MAX);
	snprintf(t->key, sizeof(t->key), "%s/%s", news->device, news->alarm);
	t->change = news->change;
	t->now = *news->now;
	t->cars = news->cars != NULL ? *news->cars : none;
	snprintf(
	    t->car, sizeof(t->car), "%s", news->car != NULL ? news->car : "");
	t->at_ms = site.now_ms;
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

/* The first that was told so. */
static const struct told *
find_told(const char *key, enum alarm_change change)
{
	for (size_t i = 0; i < told_count; i++)
		if (strcmp(told[i].key, key) == 0 && told[i].change == change)
			return &told[i];
	ck_abort_msg("no %s of %s", alarm_change_names[change], key);
}

/* ---- what is ---- */

struct found {
	const char *key;
	struct alarm now;
	struct sweep_list cars;
};

static void
pick(void *context, const struct alarms_news *news)
{
	struct found *f = context;
	char key[ORDER_KEY_MAX];

	snprintf(key, sizeof(key), "%s/%s", news->device, news->alarm);
	if (strcmp(key, f->key) != 0)
		return;
	f->now = *news->now;
	if (news->cars != NULL)
		f->cars = *news->cars;
}

/* A plain one if there is none. */
static struct found
find(const char *key)
{
	struct found f = {.key = key};

	alarms_each(site.alarms, pick, &f);
	return f;
}

/* "lift-a*b+": checked, back; in the order of the list. */
static const char *
cars_text(const struct sweep_list *list)
{
	static char text[256];
	struct buf out;

	buf_fixed(&out, text, sizeof(text));
	for (uint8_t i = 0; i < list->count; i++)
		buf_printf(&out, "%s%s%s%s", i > 0 ? " " : "",
		    list->cars[i].device,
		    list->cars[i].checked.by[0] != '\0' ? "*" : "",
		    list->cars[i].back ? "+" : "");
	buf_add(&out, "", 1);
	return text;
}

static void
assert_cars(const char *key, const char *cars)
{
	struct found f = find(key);

	ck_assert_str_eq(cars_text(&f.cars), cars);
}

static void
assert_state(const char *key, enum alarm_state state, bool active)
{
	struct found f = find(key);

	ck_assert_msg(f.now.state == state && f.now.active == active,
	    "%s is %s, %sactive", key, alarm_state_names[f.now.state],
	    f.now.active ? "" : "not ");
}

/* ---- what happens ---- */

static void
put(uint16_t device, uint16_t point, double number)
{
	world[device].says[point] = number;
}

static void
lift(uint16_t device, int moving, int zone, int occupied, int floor)
{
	put(device, MOVING, moving);
	put(device, ZONE, zone);
	put(device, OCCUPIED, occupied);
	put(device, FLOOR, floor);
}

static void
volts(uint16_t meter, double number)
{
	for (uint16_t p = VOLTS; p <= VOLTS_L3; p++)
		put(meter, p, number);
}

static void
start_world(void)
{
	memset(world, 0, sizeof(world));
	for (uint16_t i = 0; i < DEVICES; i++) {
		world[i].answers = true;
		put(i, MODE, 1);
		put(i, SUPPLY, 1);
		lift(i, 0, 1, 0, 1);
		volts(i, 230);
	}
}

static void
read_all(uint16_t device, uint8_t quality)
{
	struct reading readings[SITE_POINTS_ALL];
	struct batch b = {.at.mono_ms = site.now_ms,
	    .device = device,
	    .count = SITE_POINTS_ALL,
	    .readings = readings};

	for (uint16_t i = 0; i < SITE_POINTS_ALL; i++) {
		readings[i] =
		    (struct reading){.point = i, .quality = {.code = quality}};
		if (quality == QUALITY_GOOD)
			readings[i].value =
			    site_value(i, world[device].says[i]);
		site.live[device][i] = (struct derive_input){
		    readings[i].value, readings[i].quality, site.now_ms};
	}
	site_take(&b);
}

static void
ask(uint16_t device)
{
	struct device *d = &world[device];

	if (d->answers) {
		d->fails = 0;
		site_online(device, true);
		read_all(device, QUALITY_GOOD);
		return;
	}
	if (++d->fails != 3) {
		alarms_failed(site.alarms, device, site.now_ms);
		return;
	}
	site_online(device, false);
	read_all(device, QUALITY_BAD_TIMEOUT);
}

static void
run(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		for (uint16_t d = 0; d < DEVICES; d++)
			ask(d);
		site_pass(SECOND);
	}
}

static void
silence(uint16_t device)
{
	world[device].answers = false;
}

/* The feed is cut; its meter has a battery, the lifts have none. */
static void
cut_1(void)
{
	volts(TX_1, 0);
	volts(FEEDER, 0);
	silence(LIFT_A);
	silence(LIFT_B);
	silence(LIFT_C);
	silence(PUMP);
}

/* The meters have none either. */
static void
black_out_1(void)
{
	cut_1();
	silence(TX_1);
	silence(FEEDER);
}

static void
return_1(void)
{
	for (uint16_t i = 0; i < DEVICES; i++)
		world[i].answers = true;
	volts(TX_1, 231);
	volts(FEEDER, 229);
	for (uint16_t i = LIFT_A; i <= LIFT_C; i++)
		put(i, MOVING, 1); /* to its landing */
}

static const char *worker;

static enum order_verdict
order(enum order_verb verb, const char *alarm, const char *car, char *why)
{
	struct order o = {.verb = (uint8_t)verb, .note = "seen"};

	snprintf(o.by, sizeof(o.by), "%s", worker);
	snprintf(o.alarm, sizeof(o.alarm), "%s", alarm);
	snprintf(o.car, sizeof(o.car), "%s", car);
	return alarms_order(site.alarms, &o, site.now_ms, why);
}

static void
check(const char *car)
{
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(
	    order(ORDER_CHECK, "tx-1/power_cut", car, why), ORDER_DONE);
}

static void
acknowledge(const char *alarm)
{
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(order(ORDER_ACK, alarm, "", why), ORDER_DONE);
}

/* ---- its life ---- */

static void
begin(void)
{
	static const struct site_rule none[] = {{0}};

	told_count = 0;
	refuse = false;
	worker = "Wang";
	site_begin(none, gateway_rules);
	add_rules(0, lift_rules);
	add_rules(1, meter_rules);
	add_rules(2, other_rules);
	add_devices();
	start_world();
	site.alarms = site_alarms(tell);
	run(30);
	ck_assert_uint_eq(told_count, 0);
}

static void
end(void)
{
	site_end();
}

static void
give(void *context, const struct alarms_news *news)
{
	alarms_restore(context,
	    &(struct alarms_past){
		news->device, news->alarm, news->now, news->cars});
}

static void
forget_answers(void)
{
	memset(site.live, 0, sizeof(site.live));
	for (uint16_t i = 0; i < DEVICES; i++)
		world[i].fails = 0;
}

/* A kill, and riser is there again at once.  What was read in the last second
 * is lost. */
static void
restart(void)
{
	struct alarms *next;

	site.resumed = true;
	next = site_alarms(tell);
	site_recall(next, site.now_ms - SECOND);
	alarms_each(site.alarms, give, next);
	alarms_free(site.alarms);
	site.alarms = next;
	forget_answers();
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

/* ---- a cut ---- */

START_TEST(a_cut_is_one_alarm_with_its_cars_in_order_of_danger)
{
	const struct told *t;

	lift(LIFT_B, 1, 0, 1, 4); /* moving, somebody in it, between floors */
	lift(LIFT_C, 0, 1, 9, 2); /* nobody knows */
	run(5);
	cut_1();
	run(10);
	t = find_told("tx-1/power_cut", ALARM_RAISE);
	ck_assert_int_le(t->at_ms, 38 * SECOND);
	ck_assert_str_eq(cars_text(&t->cars), "lift-b lift-c lift-a");
	ck_assert(!t->cars.suspected);
	ck_assert_uint_eq(t->cars.phases, 7);
	ck_assert_uint_eq(t->cars.cars[0].was.moving, CONDITION_TRUE);
	ck_assert_uint_eq(t->cars.cars[0].was.occupied, CAR_PERSON);
	ck_assert_double_eq(t->cars.cars[0].was.floor, 4);
	ck_assert_int_eq(t->cars.cars[0].age_ms, 3 * SECOND);
	ck_assert_str_eq(t->cars.cars[0].where.zh, "lift-b栋");
	ck_assert_uint_eq(told_count, 2); /* and the feeder's, hidden */
}
END_TEST

START_TEST(what_a_cut_feeds_is_hidden_by_it)
{
	cut_1();
	put(PUMP, FAULT, 1);
	world[PUMP].answers = true; /* it has a battery */
	run(100);
	ck_assert_str_eq(
	    find("lift-a/comm_loss").now.suppressed_by, "tx-1/power_cut");
	ck_assert_str_eq(
	    find("lift-c/comm_loss").now.suppressed_by, "tx-1/power_cut");
	ck_assert_str_eq(
	    find("pump/fault").now.suppressed_by, "tx-1/power_cut");
	ck_assert_uint_eq(count_told("lift-z/comm_loss", ALARM_RAISE), 0);
	silence(LIFT_Z);
	silence(LAMP);
	run(100);
	/* By another, for nobody answers there any more. */
	ck_assert_str_eq(find("lift-z/comm_loss").now.suppressed_by,
	    "gateway/bus-down-shaft");
	ck_assert_str_eq(find("lamp/comm_loss").now.suppressed_by, "");
}
END_TEST

START_TEST(lifts_that_say_so_themselves_are_hidden_too)
{
	lift(LIFT_B, 1, 0, 1, 4);
	run(5);
	volts(TX_1, 0);
	put(LIFT_A, SUPPLY, 0);
	put(LIFT_B, SUPPLY, 0);
	put(LIFT_B, MOVING, 0);
	run(40);
	ck_assert_str_eq(
	    find("lift-a/power_lost").now.suppressed_by, "tx-1/power_cut");
	ck_assert_str_eq(find("lift-b/power_lost_occupied").now.suppressed_by,
	    "tx-1/power_cut");
	ck_assert_uint_eq(
	    count_told("lift-b/power_lost_occupied", ALARM_RAISE), 1);
	assert_cars("tx-1/power_cut", "lift-b lift-a lift-c");
	/* A call for help is hidden by nothing. */
	run(60);
	ck_assert_str_eq(
	    find("lift-b/entrapment_suspected").now.suppressed_by, "");
	assert_state("lift-b/entrapment_suspected", ALARM_UNACK, true);
}
END_TEST

START_TEST(a_cut_that_is_short_is_told_as_it_was)
{
	lift(LIFT_A, 1, 0, 1, 4);
	run(1);
	volts(TX_1, 0);
	run(3);
	volts(TX_1, 230);
	run(60);
	assert_state("tx-1/power_cut", ALARM_UNACK, false);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b+ lift-c+");
}
END_TEST

START_TEST(a_supply_that_feeds_no_lift_has_no_cars)
{
	volts(TX_3, 0);
	silence(LAMP);
	run(100);
	ck_assert_uint_eq(
	    find_told("tx-3/supply_lost", ALARM_RAISE)->cars.count, 0);
	ck_assert_str_eq(
	    find("lamp/comm_loss").now.suppressed_by, "tx-3/supply_lost");
}
END_TEST

/* ---- what is said ---- */

START_TEST(a_cut_says_what_is_lost_and_which_cars_stand_where)
{
	const struct alarm *a;

	lift(LIFT_B, 1, 0, 1, 4);
	lift(LIFT_C, 0, 1, 9, 2);
	run(5);
	volts(FEEDER, 0);
	put(TX_1, VOLTS, 0);
	run(10);
	a = &find_told("tx-1/power_cut", ALARM_RAISE)->now;
	ck_assert_str_eq(a->text_zh,
	    "tx-1 A相缺相，影响电梯3台：lift-b栋 行驶中有人（1秒前）；"
	    "lift-c栋 停在2层，有人：未知（1秒前）；lift-a栋 无人");
	ck_assert_str_eq(a->text_en,
	    "tx-1: L1 lost, 3 lifts: building lift-b: moving, occupied (1 s "
	    "ago); building lift-c: at floor 2, occupied: unknown (1 s ago); "
	    "building lift-a: empty");
	ck_assert_str_eq(
	    find_told("feeder-1/power_cut", ALARM_RAISE)->now.text_en,
	    "feeder-1: supply lost, 1 lifts: building lift-c: at floor 2, "
	    "occupied: unknown (1 s ago)");
}
END_TEST

START_TEST(a_suspicion_says_that_it_is_one)
{
	black_out_1();
	run(10);
	ck_assert_ptr_nonnull(
	    strstr(find("tx-1/power_cut").now.text_zh, "tx-1 疑似停电，"));
	return_1();
	put(LIFT_B, CODE, 8);
	run(130);
	ck_assert_str_eq(
	    find("tx-1/cars_late").now.text_zh, "未恢复：lift-b栋");
	ck_assert_str_eq(
	    find("tx-1/cars_late").now.text_en, "not running: building lift-b");
}
END_TEST

START_TEST(a_text_that_is_full_names_the_cars_that_fit)
{
	static char name[250];
	const struct alarm *a;

	memset(name, 'x', sizeof(name) - 1);
	site.devices[TX_1].name = (struct text){name, name};
	restart();
	site.resumed = false;
	run(30);
	volts(TX_1, 0);
	run(10);
	a = &find_told("tx-1/power_cut", ALARM_RAISE)->now;
	ck_assert_str_eq(a->text_zh + strlen(name),
	    " 停电，影响电梯3台：lift-a栋 无人；等3台");
	ck_assert_str_eq(a->text_en + strlen(name),
	    ": supply lost, 3 lifts: building lift-a: empty; and 2 more");
}
END_TEST

static struct text
name_fault(const void *context, uint16_t device)
{
	(void)context;
	return device == LIFT_A ? (struct text){"（E41）", " (E41)"}
				: (struct text){NULL, NULL};
}

START_TEST(a_lift_says_who_is_in_it_and_what_its_fault_is)
{
	alarms_free(site.alarms);
	site.fault = name_fault;
	site.alarms = site_alarms(tell);
	put(LIFT_A, CODE, 101);
	put(LIFT_B, CODE, 101);
	lift(LIFT_C, 0, 0, 9, 3);
	put(LIFT_C, MODE, 2);
	run(70);
	ck_assert_str_eq(
	    find("lift-a/entrapment").now.text_en, "trapped (E41)");
	ck_assert_str_eq(find("lift-b/entrapment").now.text_en, "trapped?");
	ck_assert_str_eq(find("lift-c/entrapment_suspected").now.text_zh,
	    "疑似困人（有人：未知，检修：未知）");
}
END_TEST

/* ---- suspected ---- */

/* Who goes when, in seconds; tx-1 first. */
static const struct {
	int tx, a, b, power; /* power: lift-b says that its supply is lost */
	const char *cars; /* who did not say that it has power; NULL: no cut */
} falls[] = {
    {1, 1, 1, 0, "lift-a lift-b"},
    {1, 5, 30, 0, "lift-a"},
    {1, 11, 30, 0, "lift-a"},
    {1, 12, 30, 0, NULL},
    {11, 1, 30, 0, "lift-a"},
    {12, 1, 30, 0, NULL},
    {12, 30, 3, 0, "lift-b"},
    {12, 1, 3, 0, "lift-a lift-b"},
    {20, 1, 35, 0, NULL},
    {1, 60, 0, 8, "lift-b"},
    {8, 60, 0, 1, "lift-b"},
    {1, 60, 0, 14, NULL},
    {1, 0, 0, 0, NULL},
    {0, 1, 1, 1, NULL},
};

START_TEST(a_cut_is_suspected_when_meter_and_lift_fall_silent_together)
{
	int last = falls[_i].tx;

	last = falls[_i].a > last ? falls[_i].a : last;
	last = falls[_i].b > last ? falls[_i].b : last;
	lift(LIFT_A, 1, 0, 1, 4);
	for (int s = 1; s <= last + 10; s++) {
		if (s == falls[_i].tx)
			silence(TX_1);
		if (s == falls[_i].a)
			silence(LIFT_A);
		if (s == falls[_i].b)
			silence(LIFT_B);
		if (s == falls[_i].power)
			put(LIFT_B, SUPPLY, 0);
		run(1);
	}
	ck_assert_uint_eq(
	    count_told("tx-1/power_cut", ALARM_RAISE), falls[_i].cars != NULL);
	if (falls[_i].cars == NULL)
		return;
	ck_assert(find("tx-1/power_cut").cars.suspected);
	assert_cars("tx-1/power_cut", falls[_i].cars);
}
END_TEST

START_TEST(a_suspicion_is_told_within_ten_seconds_of_the_second_sign)
{
	const struct told *t;

	silence(TX_1);
	run(9);
	silence(LIFT_A);
	run(10);
	t = find_told("tx-1/power_cut", ALARM_RAISE);
	ck_assert_int_le(t->at_ms, (30 + 9 + 10) * SECOND);
	ck_assert_uint_eq(told_count, 1);
}
END_TEST

/* tx-1 and lift-a are on one bus with others. */
static void
cut_bus(void)
{
	site.devices[LIFT_A].bus = site.devices[TX_1].bus;
	restart();
	site.resumed = false;
	run(30);
	for (uint16_t i = 0; i < DEVICES; i++)
		if (site.devices[i].bus == site.devices[TX_1].bus)
			silence(i);
	run(5 * 60);
}

START_TEST(a_bus_that_is_cut_is_no_power_that_is_cut)
{
	cut_bus();
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	ck_assert_uint_eq(
	    count_told("gateway/bus-down-meters", ALARM_RAISE), 1);
	/* they come back one by one */
	world[TX_3].answers = true;
	run(50);
	return_1();
	run(60);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
}
END_TEST

START_TEST(those_that_stay_away_when_their_bus_is_back_are_suspected)
{
	cut_bus();
	world[TX_3].answers = true;
	run(60);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	run(5);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 1);
}
END_TEST

START_TEST(a_suspicion_ends_when_the_meter_says_that_it_is_there)
{
	black_out_1();
	run(60);
	assert_state("tx-1/power_cut", ALARM_UNACK, true);
	ck_assert(find("tx-1/power_cut").cars.suspected);
	return_1();
	run(29);
	assert_state("tx-1/power_cut", ALARM_UNACK, true);
	run(2);
	assert_state("tx-1/power_cut", ALARM_UNACK, false);
}
END_TEST

START_TEST(a_suspicion_is_there_from_the_start_only_if_riser_ran_a_moment_ago)
{
	for (int resumed = 0; resumed < 2; resumed++) {
		alarms_free(site.alarms);
		site.resumed = resumed;
		site.alarms = site_alarms(tell);
		forget_answers();
		black_out_1();
		run(20);
		ck_assert_uint_eq(
		    count_told("tx-1/power_cut", ALARM_RAISE), (size_t)resumed);
	}
}
END_TEST

START_TEST(what_riser_said_of_itself_before_a_restart_is_passed_over)
{
	run(60);
	site_journal[site.written++ % SITE_JOURNAL] =
	    (struct site_row){site.now_ms, (uint16_t)(site.device_count - 1),
		{.quality = {QUALITY_GOOD, 0}, .value = {VALUE_F64, .f = 1}}};
	run(5);
	restart();
	run(100);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	cut_1();
	run(10);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 1);
}
END_TEST

START_TEST(who_was_silent_before_a_restart_did_not_fall_silent_in_it)
{
	silence(LIFT_A);
	run(60);
	silence(TX_1);
	run(100);
	ck_assert_uint_eq(count_told("lift-a/comm_loss", ALARM_RAISE), 1);
	ck_assert_uint_eq(count_told("tx-1/comm_loss", ALARM_RAISE), 1);
	restart();
	run(100);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
}
END_TEST

/* ---- the return ---- */

START_TEST(cars_that_come_back_are_told_once_a_second_at_most)
{
	int64_t last_ms = INT64_MIN;

	cut_1();
	run(60);
	return_1();
	world[LIFT_B].answers = false;
	run(5);
	world[LIFT_B].answers = true;
	run(60);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b+ lift-c+");
	for (size_t i = 0; i < told_count; i++) {
		if (strcmp(told[i].key, "tx-1/power_cut") != 0 ||
		    told[i].change != ALARM_CARS)
			continue;
		ck_assert_int_ge(told[i].at_ms, last_ms + SECOND);
		last_ms = told[i].at_ms;
	}
	ck_assert_uint_ge(count_told("tx-1/power_cut", ALARM_CARS), 2);
	ck_assert_uint_eq(count_told("tx-1/cars_late", ALARM_RAISE), 0);
}
END_TEST

START_TEST(of_cars_that_come_back_in_one_second_one_event_tells)
{
	cut_1();
	run(60);
	return_1();
	ask(TX_1);
	for (uint16_t i = LIFT_A; i <= LIFT_C; i++) {
		ask(i);
		site_pass(200);
	}
	site_pass(9400);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CARS), 1);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b lift-c");
	site_pass(999);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CARS), 1);
	site_pass(1);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CARS), 2);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b+ lift-c+");
}
END_TEST

/* The meter stays away, and lift-b and lift-c say that they have power. */
START_TEST(a_car_that_was_never_away_is_not_in_the_list)
{
	silence(TX_1);
	silence(LIFT_A);
	run(20);
	world[LIFT_A].answers = true;
	run(65);
	assert_cars("tx-1/power_cut", "lift-a+");
}
END_TEST

START_TEST(those_that_do_not_restart_are_late)
{
	cut_1();
	run(60);
	return_1();
	put(LIFT_A, CODE, 8);
	world[LIFT_B].answers = false;
	run(119);
	ck_assert_uint_eq(count_told("tx-1/cars_late", ALARM_RAISE), 0);
	run(3);
	ck_assert_uint_eq(count_told("tx-1/cars_late", ALARM_RAISE), 1);
	assert_cars("tx-1/power_cut", "lift-a lift-b lift-c+");
	check("lift-a");
	assert_state("tx-1/cars_late", ALARM_UNACK, true);
	world[LIFT_B].answers = true;
	run(15);
	assert_state("tx-1/cars_late", ALARM_RTNUN, false);
	assert_cars("tx-1/power_cut", "lift-a* lift-b+ lift-c+");
}
END_TEST

START_TEST(what_was_hidden_is_shown_when_its_time_is_over)
{
	cut_1();
	run(100);
	return_1();
	world[LIFT_B].answers = false;
	run(30 + 59);
	ck_assert_str_eq(
	    find("lift-b/comm_loss").now.suppressed_by, "tx-1/power_cut");
	run(5);
	ck_assert_uint_eq(count_told("lift-b/comm_loss", ALARM_UNSUPPRESS), 1);
	ck_assert_uint_eq(count_told("lift-a/comm_loss", ALARM_UNSUPPRESS), 0);
	assert_state("lift-a/comm_loss", ALARM_NORMAL, false);
}
END_TEST

START_TEST(a_late_tick_shows_nothing_that_a_cut_hides)
{
	cut_1();
	run(4);
	site.now_ms += 10 * MINUTE;
	alarms_tick(site.alarms, site.now_ms);
	for (size_t i = 0; i < told_count; i++)
		ck_assert_msg(strcmp(told[i].key, "tx-1/power_cut") == 0 ||
			strcmp(told[i].now.suppressed_by, "tx-1/power_cut") ==
			    0,
		    "%s", told[i].key);
	ck_assert_uint_ge(told_count, 4);
}
END_TEST

START_TEST(a_cut_ends_when_it_is_acknowledged_and_all_cars_are_back_or_checked)
{
	cut_1();
	run(60);
	acknowledge("tx-1/power_cut");
	return_1();
	put(LIFT_A, CODE, 8);
	run(100);
	assert_state("tx-1/power_cut", ALARM_LATCHED, false);
	check("lift-a");
	site_pass(1);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	ck_assert_str_eq(
	    cars_text(&find_told("tx-1/power_cut", ALARM_RELEASE)->cars),
	    "lift-a* lift-b+ lift-c+");
	assert_cars("tx-1/power_cut", "");
	run(300);
	ck_assert_uint_eq(count_told("tx-1/cars_late", ALARM_RAISE), 0);
}
END_TEST

START_TEST(the_list_goes_with_its_alarm)
{
	char why[ORDER_WHY_MAX];

	cut_1();
	run(20);
	acknowledge("tx-1/power_cut");
	return_1();
	put(LIFT_A, CODE, 8);
	run(60);
	order(ORDER_RESET, "tx-1/power_cut", "", why);
	ck_assert_str_eq(
	    cars_text(&find_told("tx-1/power_cut", ALARM_RESET)->cars),
	    "lift-a lift-b+ lift-c+");
	order(ORDER_NOTE, "tx-1/power_cut", "", why);
	ck_assert_uint_eq(
	    find_told("tx-1/power_cut", ALARM_NOTE)->cars.count, 0);
}
END_TEST

START_TEST(a_restart_goes_on_hiding_after_a_cut)
{
	cut_1();
	world[PUMP].answers = true;
	put(PUMP, FAULT, 1);
	run(100);
	return_1();
	world[LIFT_B].answers = false;
	run(40);
	assert_state("tx-1/power_cut", ALARM_UNACK, false);
	restart();
	run(55);
	ck_assert_uint_eq(count_told("lift-b/comm_loss", ALARM_UNSUPPRESS), 0);
	ck_assert_uint_eq(count_told("pump/fault", ALARM_UNSUPPRESS), 0);
	run(6);
	ck_assert_uint_eq(count_told("lift-b/comm_loss", ALARM_UNSUPPRESS), 1);
	ck_assert_uint_eq(count_told("pump/fault", ALARM_UNSUPPRESS), 1);
}
END_TEST

START_TEST(a_second_cut_puts_those_that_were_back_into_the_list_again)
{
	struct found f;

	cut_1();
	run(20);
	check("lift-c");
	return_1();
	world[LIFT_B].answers = false;
	lift(LIFT_A, 1, 0, 1, 3);
	run(20);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b lift-c*+");
	cut_1();
	run(10);
	f = find("tx-1/power_cut");
	ck_assert_str_eq(cars_text(&f.cars), "lift-a lift-b lift-c");
	ck_assert_uint_eq(f.cars.cars[0].was.moving, CONDITION_TRUE);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 1);
}
END_TEST

START_TEST(a_cut_that_chatters_has_its_list_made_anew_each_time)
{
	put(LIFT_B, CODE, 8);
	for (int i = 0; i < 5; i++) {
		cut_1();
		run(10);
		assert_cars("tx-1/power_cut", "lift-a lift-b lift-c");
		check("lift-b");
		return_1();
		run(50);
		assert_cars("tx-1/power_cut", "lift-a+ lift-b* lift-c+");
	}
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 2);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CHATTER), 1);
	refuse = true;
	cut_1();
	run(10);
	reload();
	refuse = false;
	run(2);
	assert_cars("tx-1/power_cut", "lift-a lift-b lift-c");
}
END_TEST

/* ---- what a cut hides and what not ---- */

static void
lose_power_with_a_person(uint16_t device)
{
	put(device, SUPPLY, 0);
	put(device, OCCUPIED, 1);
}

/* The fuse of a meter's own wire: all lifts run on. */
START_TEST(a_lift_that_had_power_in_a_cut_tells_of_its_own)
{
	put(TX_1, VOLTS, 0);
	run(70);
	assert_cars("tx-1/power_cut", "lift-a+ lift-b+ lift-c+");
	acknowledge("tx-1/power_cut");
	run(300);
	lose_power_with_a_person(LIFT_B);
	silence(LIFT_C);
	run(70);
	assert_state("tx-1/power_cut", ALARM_ACKED, true);
	ck_assert_str_eq(
	    find("lift-b/power_lost_occupied").now.suppressed_by, "");
	assert_state("lift-b/power_lost_occupied", ALARM_UNACK, true);
	ck_assert_str_eq(find("lift-c/comm_loss").now.suppressed_by, "");
	assert_state("lift-c/comm_loss", ALARM_UNACK, true);
	restart();
	run(100);
	ck_assert_uint_eq(
	    count_told("lift-b/power_lost_occupied", ALARM_SUPPRESS), 0);
	reload();
	run(100);
	ck_assert_uint_eq(
	    count_told("lift-b/power_lost_occupied", ALARM_SUPPRESS), 0);
	assert_state("tx-1/power_cut", ALARM_ACKED, true);
}
END_TEST

/* It was hidden while nobody knew better. */
START_TEST(a_lift_whose_power_is_back_in_a_cut_is_shown)
{
	cut_1();
	run(100);
	ck_assert_str_eq(
	    find("lift-b/comm_loss").now.suppressed_by, "tx-1/power_cut");
	world[LIFT_B].answers = true; /* there is a generator */
	run(1);
	ck_assert_str_eq(find("lift-b/comm_loss").now.suppressed_by, "");
	ck_assert_str_eq(
	    find("lift-a/comm_loss").now.suppressed_by, "tx-1/power_cut");
}
END_TEST

START_TEST(a_cut_that_is_out_of_service_hides_nobody)
{
	char why[ORDER_WHY_MAX];

	ck_assert_int_eq(
	    order(ORDER_OUT, "tx-1/power_cut", "", why), ORDER_DONE);
	volts(TX_1, 0);
	lose_power_with_a_person(LIFT_A);
	silence(LIFT_B);
	run(70);
	assert_state("lift-a/power_lost_occupied", ALARM_UNACK, true);
	ck_assert_str_eq(
	    find("lift-a/power_lost_occupied").now.suppressed_by, "");
	ck_assert_str_eq(find("lift-b/comm_loss").now.suppressed_by, "");
	ck_assert_int_eq(
	    order(ORDER_IN, "tx-1/power_cut", "", why), ORDER_DONE);
	run(1);
	ck_assert_str_eq(
	    find("lift-b/comm_loss").now.suppressed_by, "tx-1/power_cut");
}
END_TEST

START_TEST(a_supply_that_is_shelved_hides_nobody_at_once)
{
	struct order o = {.verb = ORDER_SHELVE,
	    .by = "Wang",
	    .alarm = "tx-3/supply_lost",
	    .for_ms = 30 * MINUTE};
	char why[ORDER_WHY_MAX];

	volts(TX_3, 0);
	silence(LAMP);
	run(100);
	ck_assert_str_eq(
	    find("lamp/comm_loss").now.suppressed_by, "tx-3/supply_lost");
	ck_assert_int_eq(
	    alarms_order(site.alarms, &o, site.now_ms, why), ORDER_DONE);
	run(1);
	ck_assert_str_eq(find("lamp/comm_loss").now.suppressed_by, "");
	run(30 * 60);
	ck_assert_str_eq(
	    find("lamp/comm_loss").now.suppressed_by, "tx-3/supply_lost");
}
END_TEST

/* The rest of it comes back one by one; a lift that stays dark does not. */
START_TEST(a_lift_that_stays_dark_is_shown_when_the_supply_is_there)
{
	volts(TX_1, 0);
	lose_power_with_a_person(LIFT_A);
	silence(LIFT_B);
	run(100);
	ck_assert_str_eq(find("lift-a/power_lost_occupied").now.suppressed_by,
	    "tx-1/power_cut");
	volts(TX_1, 230);
	run(32);
	ck_assert(!find("tx-1/power_cut").now.active);
	ck_assert_str_eq(
	    find("lift-a/power_lost_occupied").now.suppressed_by, "");
	ck_assert_str_eq(
	    find("lift-b/comm_loss").now.suppressed_by, "tx-1/power_cut");
}
END_TEST

/* ---- a cut that comes again ---- */

/* Within the time that clears it. */
START_TEST(a_cut_that_comes_again_at_once_is_told_and_cars_are_open_again)
{
	struct found f;

	cut_1();
	run(20);
	check("lift-a");
	check("lift-b");
	acknowledge("tx-1/power_cut");
	return_1();
	world[LIFT_B].answers = false;
	run(4);
	lift(LIFT_A, 1, 0, 1, 3);
	run(5);
	assert_state("tx-1/power_cut", ALARM_ACKED, true);
	cut_1();
	run(60);
	f = find("tx-1/power_cut");
	ck_assert_str_eq(cars_text(&f.cars), "lift-a lift-b* lift-c");
	ck_assert_uint_eq(f.cars.cars[0].was.moving, CONDITION_TRUE);
	ck_assert_uint_eq(f.cars.cars[0].was.occupied, CAR_PERSON);
	assert_state("tx-1/power_cut", ALARM_UNACK, true);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 2);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CLEAR), 0);
}
END_TEST

/* ---- a suspicion that is none ---- */

START_TEST(a_suspicion_ends_when_the_lift_in_need_is_looked_after)
{
	silence(TX_1);
	silence(LIFT_A);
	run(30);
	acknowledge("tx-1/power_cut");
	assert_cars("tx-1/power_cut", "lift-a");
	run(3600);
	assert_state("tx-1/power_cut", ALARM_ACKED, true);
	check("lift-a");
	run(32);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	run(3600);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	ck_assert_str_eq(find("lift-a/comm_loss").now.suppressed_by, "");
}
END_TEST

START_TEST(a_suspicion_ends_as_a_false_alarm)
{
	char why[ORDER_WHY_MAX];

	silence(TX_1);
	silence(LIFT_A);
	run(30);
	ck_assert_int_eq(
	    order(ORDER_FALSE, "tx-1/power_cut", "", why), ORDER_DONE);
	run(32);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	reload();
	run(300);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	/* and a new one is one */
	return_1();
	run(20);
	black_out_1();
	run(20);
	assert_state("tx-1/power_cut", ALARM_UNACK, true);
}
END_TEST

START_TEST(a_meter_that_dies_in_a_cut_does_not_hold_it)
{
	cut_1();
	run(5);
	black_out_1();
	run(60);
	return_1();
	silence(TX_1);
	acknowledge("tx-1/power_cut");
	run(200);
	assert_state("tx-1/power_cut", ALARM_ACKED, true);
	run(150);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	silence(LIFT_B);
	run(70);
	assert_state("lift-b/comm_loss", ALARM_UNACK, true);
	ck_assert_str_eq(find("lift-b/comm_loss").now.suppressed_by, "");
}
END_TEST

/* All that is fed by tx-1 alone on its bus is silent as soon as it is given up;
 * else it may be the line until the last of them is. */
START_TEST(silence_on_a_bus_of_one_feed_is_known_at_once)
{
	for (int shared = 0; shared < 2; shared++) {
		end();
		begin();
		site.devices[LIFT_A].bus = bus_of("own");
		site.devices[shared ? LIFT_Z : LIFT_B].bus = bus_of("own");
		restart();
		site.resumed = false;
		run(30);
		silence(TX_1);
		silence(LIFT_A);
		silence(LIFT_B);
		for (int i = 0; i < 10; i++) {
			/* the other on its bus is not asked meanwhile */
			for (uint16_t d = 0; d < LIFT_Z; d++)
				if (d != LIFT_B)
					ask(d);
			site_pass(SECOND);
		}
		ck_assert_uint_eq(
		    count_told("tx-1/power_cut", ALARM_RAISE), (size_t)!shared);
	}
}
END_TEST

START_TEST(a_line_of_meters_and_one_lift_are_no_cut)
{
	silence(TX_1);
	silence(TX_2);
	silence(TX_3);
	silence(FEEDER);
	run(5);
	silence(LIFT_A);
	run(10);
	world[LIFT_A].answers = true; /* its board began anew */
	run(20);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	ck_assert_uint_eq(count_told("tx-2/power_cut", ALARM_RAISE), 0);
}
END_TEST

/* ---- nested ---- */

START_TEST(a_feeder_that_is_cut_alone_has_its_own_list)
{
	volts(FEEDER, 0);
	silence(LIFT_C);
	run(100);
	assert_cars("feeder-1/power_cut", "lift-c");
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	ck_assert_str_eq(
	    find("lift-c/comm_loss").now.suppressed_by, "feeder-1/power_cut");
	/* now all of it goes */
	cut_1();
	run(10);
	assert_cars("tx-1/power_cut", "lift-a lift-b lift-c");
	ck_assert_str_eq(
	    find("feeder-1/power_cut").now.suppressed_by, "tx-1/power_cut");
	ck_assert_str_eq(
	    find("lift-c/comm_loss").now.suppressed_by, "feeder-1/power_cut");
}
END_TEST

START_TEST(a_feeder_whose_transformer_is_cut_hides_in_it)
{
	cut_1();
	run(100);
	ck_assert_str_eq(
	    find("feeder-1/power_cut").now.suppressed_by, "tx-1/power_cut");
	return_1();
	run(200);
	assert_state("feeder-1/power_cut", ALARM_NORMAL, false);
	ck_assert_uint_eq(
	    count_told("feeder-1/power_cut", ALARM_UNSUPPRESS), 0);
}
END_TEST

/* ---- orders ---- */

START_TEST(a_check_says_who_looked_after_which_car)
{
	char why[ORDER_WHY_MAX];
	const struct told *t;
	struct found f;

	cut_1();
	run(10);
	check("lift-b");
	t = find_told("tx-1/power_cut", ALARM_CHECK);
	ck_assert_str_eq(t->car, "lift-b");
	ck_assert_str_eq(cars_text(&t->cars), "lift-a lift-b* lift-c");
	f = find("tx-1/power_cut");
	ck_assert_str_eq(f.cars.cars[1].checked.by, "Wang");
	ck_assert_int_eq(f.cars.cars[1].checked.at_ms, site.now_ms);
	assert_state("tx-1/power_cut", ALARM_UNACK, true);
	check("lift-b"); /* done already */
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CHECK), 1);
	worker = "Li";
	ck_assert_int_eq(
	    order(ORDER_CHECK, "tx-1/power_cut", "lift-b", why), ORDER_REFUSED);
	ck_assert_str_eq(
	    why, "Wang has it already; what is to be said goes into a note");
}
END_TEST

static const struct {
	const char *alarm, *car, *why;
} bad_checks[] = {
    {"tx-1/power_cut", "lift-z", "lift-z is not among its cars"},
    {"tx-1/power_cut", "", "not among its cars"},
    {"tx-2/power_cut", "lift-z", "it is NORMAL"},
    {"lift-a/comm_loss", "lift-a", "there are no cars to look after"},
    {"tx-3/supply_lost", "lift-a", "there are no cars to look after"},
    {"gateway/bus-down-shaft", "lift-a", "there are no cars to look after"},
};

START_TEST(a_check_of_what_is_no_car_is_refused_with_a_sentence)
{
	char why[ORDER_WHY_MAX];

	cut_1();
	run(10);
	ck_assert_int_eq(
	    order(ORDER_CHECK, bad_checks[_i].alarm, bad_checks[_i].car, why),
	    ORDER_REFUSED);
	ck_assert_msg(strstr(why, bad_checks[_i].why) != NULL, "%s", why);
}
END_TEST

START_TEST(a_check_after_the_cut_is_refused)
{
	char why[ORDER_WHY_MAX];

	cut_1();
	run(10);
	acknowledge("tx-1/power_cut");
	return_1();
	run(60);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	ck_assert_int_eq(
	    order(ORDER_CHECK, "tx-1/power_cut", "lift-a", why), ORDER_REFUSED);
}
END_TEST

START_TEST(a_check_that_cannot_be_told_has_not_happened)
{
	char why[ORDER_WHY_MAX];

	cut_1();
	run(10);
	refuse = true;
	ck_assert_int_eq(
	    order(ORDER_CHECK, "tx-1/power_cut", "lift-a", why), ORDER_BUSY);
	assert_cars("tx-1/power_cut", "lift-a lift-b lift-c");
	refuse = false;
	run(1);
	check("lift-a");
}
END_TEST

START_TEST(an_alarm_s_times_that_are_moved_are_the_cars_too)
{
	cut_1();
	run(10);
	check("lift-a");
	alarms_move(site.alarms, "tx-1", "power_cut", site.now_ms, -HOUR);
	ck_assert_int_eq(find("tx-1/power_cut").cars.cars[0].checked.at_ms,
	    site.now_ms - HOUR);
}
END_TEST

/* ---- whatever comes in between ---- */

/* A story in steps; in between, once, something else happens. */
static void
step(int number)
{
	switch (number) {
	case 0: lift(LIFT_B, 1, 0, 1, 4); break;
	case 1: run(3); break;
	case 2: cut_1(); break;
	case 3:
	case 4: run(1); break;
	case 5: run(2); break;
	case 6: run(5); break;
	case 7: check("lift-a"); break;
	case 8: acknowledge("tx-1/power_cut"); break;
	case 9: run(70); break;
	case 10: return_1(), put(LIFT_B, CODE, 8); break;
	case 11: run(5); break;
	case 12: run(10); break;
	case 13: run(30); break;
	case 14: run(140); break;
	case 15: check("lift-b"); break;
	case 16: run(60); break;
	}
}

#define STEPS 17

static void
black_step(int number)
{
	if (number == 2)
		black_out_1();
	else
		step(number);
}

enum between { RESTART, RELOAD, REFUSAL, BETWEENS };

static void
interrupt(enum between what)
{
	switch (what) {
	case RESTART: restart(); break;
	case RELOAD: reload(); break;
	case REFUSAL:
		refuse = true;
		run(1);
		refuse = false;
		break;
	case BETWEENS: break;
	}
}

static void
assert_story(int at, enum between what)
{
	const struct told *t = find_told("tx-1/power_cut", ALARM_RAISE);

	ck_assert_msg(count_told("tx-1/power_cut", ALARM_RAISE) == 1 &&
		count_told("tx-1/power_cut", ALARM_CLEAR) == 1 &&
		count_told("tx-1/power_cut", ALARM_RELEASE) == 1,
	    "step %d, %d", at, what);
	ck_assert_str_eq(cars_text(&t->cars), "lift-b lift-a lift-c");
	t = find_told("tx-1/power_cut", ALARM_RELEASE);
	ck_assert_msg(
	    sweep_list_find(&told[t - told].cars, "lift-a")->checked.by[0] !=
		    '\0' &&
		sweep_list_find(&told[t - told].cars, "lift-b")
			->checked.by[0] != '\0' &&
		sweep_list_find(&told[t - told].cars, "lift-c")->back,
	    "step %d, %d: %s", at, what, cars_text(&t->cars));
	ck_assert_msg(count_told("tx-1/cars_late", ALARM_RAISE) == 1,
	    "step %d, %d", at, what);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
	assert_state("lift-a/comm_loss", ALARM_NORMAL, false);
	ck_assert_uint_eq(count_told("lift-a/comm_loss", ALARM_UNSUPPRESS), 0);
	ck_assert_uint_eq(count_told("tx-2/power_cut", ALARM_RAISE), 0);
}

/* ---- killed while it begins ---- */

#define LOGGED 400 /* seconds */
#define SETTLES 16 /* seconds; who did nothing else so long is listed so */

/* What each lift really did, second by second. */
static uint64_t dice;
static struct car_state really[LOGGED][DEVICES];
static int64_t cut_ms;

static void
note_world(int64_t at_ms)
{
	const double *says;

	for (uint16_t d = LIFT_A; d <= LIFT_C; d++) {
		says = world[d].says;
		really[at_ms / SECOND][d] = (struct car_state){
		    .moving =
			says[MOVING] != 0 ? CONDITION_TRUE : CONDITION_FALSE,
		    .zone = says[ZONE] != 0 ? CONDITION_TRUE : CONDITION_FALSE,
		    .occupied = says[OCCUPIED] != 0 ? CAR_PERSON : CAR_EMPTY,
		    .floor = says[FLOOR]};
	}
}

/* In an estate something changes all the time. */
static void
second(void)
{
	put(LAMP, LOAD, rng_unit(&dice));
	note_world(site.now_ms);
	run(1);
}

static void
travel(uint16_t device)
{
	int floor = (int)rng_between(&dice, 1, 9);

	if (world[device].says[MOVING] == 0)
		lift(device, 1, 0, rng_unit(&dice) < 0.7, floor);
	else
		lift(device, 0, 1, rng_unit(&dice) < 0.2, floor);
}

static void
live(int seconds)
{
	for (int64_t ms = 0; ms < site.now_ms; ms += SECOND)
		note_world(ms);
	for (int i = 0; i < seconds; i++) {
		for (uint16_t d = LIFT_A; d <= LIFT_C; d++)
			if (rng_unit(&dice) < 0.08)
				travel(d);
		second();
	}
}

/* Their boards have a battery: they say that they have come to rest. */
static void
strand(void)
{
	for (uint16_t d = LIFT_A; d <= LIFT_C; d++) {
		put(d, MOVING, 0);
		put(d, SUPPLY, 0);
		world[d].answers = true;
	}
}

static bool
is_same(const struct car_state *a, const struct car_state *b)
{
	return a->moving == b->moving && a->zone == b->zone &&
	    a->occupied == b->occupied && a->floor == b->floor;
}

static void
assert_true(const struct sweep_car *c, uint16_t device, int64_t told_ms)
{
	int64_t at_ms = told_ms - c->age_ms;
	int cut_s = (int)(cut_ms / SECOND), from_s = cut_s;
	const struct car_state *then = &really[at_ms / SECOND][device],
			       *last = &really[cut_s - 1][device];

	while (from_s > 0 && is_same(&really[from_s - 1][device], last))
		from_s--;
	ck_assert_msg(is_same(&c->was, then), "it was another then");
	ck_assert_int_ge(at_ms, cut_ms - MINUTE - 2 * SECOND);
	ck_assert_uint_le(car_rank(&c->was), car_rank(last));
	if (cut_s - from_s >= SETTLES)
		ck_assert_msg(
		    is_same(&c->was, last), "it was another when it was cut");
}

static void
assert_cars_true(void)
{
	const struct told *t = find_told("tx-1/power_cut", ALARM_RAISE);
	static const char *const ids[] = {"lift-a", "lift-b", "lift-c"};
	struct told copy = *t;

	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 1);
	ck_assert_uint_eq(t->cars.count, 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_true(sweep_list_find(&copy.cars, ids[i]),
		    (uint16_t)(LIFT_A + i), t->at_ms);
}

static void
begin_lives(bool mute)
{
	static struct point_info points[SITE_POINTS_ALL];

	end();
	begin();
	memcpy(points, site_points, sizeof(points));
	points[SUPPLY].name = "door_blocked";
	for (uint16_t d = LIFT_A; mute && d <= LIFT_C; d++)
		site.devices[d].points = points;
	restart();
	run(30);
	live((int)rng_between(&dice, 20, 200));
}

/* However it is seen, whether lifts say that they have power, and whenever it
 * is killed: its cars are as they were. */
START_TEST(killed_while_a_cut_begins_it_lists_the_cars_as_they_were)
{
	dice = (uint64_t)_i;
	for (int moment = 0; moment < 10; moment++) {
		begin_lives(_i % 4 == 0);
		cut_ms = site.now_ms;
		if (_i % 3 == 0)
			black_out_1();
		else
			cut_1();
		if (_i % 3 == 2 && _i % 4 != 0)
			strand();
		for (int s = 0; s < moment; s++)
			second();
		restart();
		site.now_ms += (int64_t)rng_between(&dice, 0, 3) * 5 * SECOND;
		for (int s = 0; s < 30; s++)
			second();
		assert_cars_true();
	}
}
END_TEST

START_TEST(what_was_read_before_a_restart_is_not_what_is)
{
	lift(LIFT_A, 0, 0, 1, 3); /* stuck, but not yet for a minute */
	run(50);
	volts(TX_1, 0);
	run(1);
	restart();
	volts(TX_1, 230);
	silence(LIFT_A);
	run(100);
	ck_assert_uint_eq(
	    count_told("lift-a/entrapment_suspected", ALARM_RAISE), 0);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_RAISE), 0);
	ck_assert_uint_eq(count_told("lift-a/comm_loss", ALARM_RAISE), 1);
}
END_TEST

/* It moved, and stood for so long before the power went. */
START_TEST(
    a_car_that_parked_before_a_restart_was_not_moving_when_its_power_went)
{
	for (int i = 0; i < 4; i++) {
		bool parked = i % 2, seen = i / 2;

		end();
		begin();
		lift(LIFT_A, 1, 0, 0, 3);
		for (int s = 0; s < 10; s++)
			second();
		if (parked)
			lift(LIFT_A, 0, 1, 0, 3);
		for (int s = 0; s < 20; s++)
			second();
		cut_1();
		lift(LIFT_A, 0, 1, 0, 3);
		strand();
		if (seen)
			run(1);
		restart();
		run(10);
		assert_state("lift-a/power_lost_occupied",
		    parked ? ALARM_NORMAL : ALARM_UNACK, !parked);
	}
}
END_TEST

static void
play(void (*steps)(int number), int at, enum between what)
{
	for (int i = 0; i < STEPS; i++) {
		if (i == at)
			interrupt(what);
		steps(i);
	}
	assert_story(at, what);
}

START_TEST(a_cut_is_the_same_whatever_comes_in_between)
{
	for (int what = RESTART; what < BETWEENS; what++) {
		play(step, _i, (enum between)what);
		end();
		begin();
	}
}
END_TEST

START_TEST(a_suspected_cut_is_the_same_whatever_comes_in_between)
{
	for (int what = RESTART; what < BETWEENS; what++) {
		play(black_step, _i, (enum between)what);
		end();
		begin();
	}
}
END_TEST

/* Nothing can be written down from one step to another. */
START_TEST(a_cut_that_could_not_be_told_is_told_when_it_can_be)
{
	for (int i = 0; i < STEPS; i++) {
		if (i == 7)
			run(1);
		step(i);
		refuse = i >= _i && i < 6;
	}
	assert_story(_i, REFUSAL);
}
END_TEST

START_TEST(a_reload_takes_cars_out_that_it_feeds_no_more)
{
	cut_1();
	run(10);
	site.devices[LIFT_B].fed_by = TX_2;
	reload();
	run(1);
	assert_cars("tx-1/power_cut", "lift-a lift-c");
	/* in which nobody knows how it was */
	site.devices[LIFT_B].fed_by = TX_1;
	reload();
	run(1);
	assert_cars("tx-1/power_cut", "lift-a lift-c lift-b");
}
END_TEST

/* Before it no cut was told, so there were no cars to wait for. */
START_TEST(a_reload_forgets_no_car_of_a_cut_that_is_told_after_it)
{
	refuse = true;
	cut_1();
	run(5);
	return_1();
	run(35);
	reload();
	refuse = false;
	site_pass(1);
	ck_assert_uint_eq(count_told("tx-1/power_cut", ALARM_CLEAR), 1);
	acknowledge("tx-1/power_cut");
	site_pass(1);
	assert_state("tx-1/power_cut", ALARM_LATCHED, false);
	run(12);
	assert_state("tx-1/power_cut", ALARM_NORMAL, false);
}
END_TEST

START_TEST(a_cut_whose_rule_is_gone_comes_back_with_its_cars)
{
	cut_1();
	run(10);
	refuse = true; /* that it is gone cannot be told */
	sets[1][2].name = "cut";
	reload();
	run(1);
	assert_cars("tx-1/power_cut", "");
	sets[1][2].name = "power_cut";
	reload();
	assert_cars("tx-1/power_cut", "lift-a lift-b lift-c");
}
END_TEST

START_TEST(who_is_trapped_before_a_restart_is_not_freed_by_it)
{
	put(LIFT_A, CODE, 101);
	run(5);
	acknowledge("lift-a/entrapment");
	restart();
	put(LIFT_A, CODE, 0);
	run(90);
	assert_state("lift-a/entrapment", ALARM_LATCHED, false);
	lift(LIFT_A, 1, 0, 0, 1);
	run(5);
	lift(LIFT_A, 0, 1, 0, 1);
	put(LIFT_A, DOOR, 2);
	run(59);
	assert_state("lift-a/entrapment", ALARM_LATCHED, false);
	run(3);
	assert_state("lift-a/entrapment", ALARM_NORMAL, false);
}
END_TEST

START_TEST(who_is_being_freed_is_freed_over_a_reload)
{
	put(LIFT_A, CODE, 101);
	run(5);
	acknowledge("lift-a/entrapment");
	put(LIFT_A, CODE, 0);
	run(2);
	reload();
	lift(LIFT_A, 1, 0, 0, 1);
	run(2);
	reload();
	lift(LIFT_A, 0, 1, 0, 1);
	put(LIFT_A, DOOR, 2);
	run(2);
	reload();
	run(58);
	assert_state("lift-a/entrapment", ALARM_LATCHED, false);
	run(5);
	assert_state("lift-a/entrapment", ALARM_NORMAL, false);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("alarms of lifts and power");
	TCase *t = tcase_create("a cut");
	TCase *over = tcase_create("in between");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_cut_is_one_alarm_with_its_cars_in_order_of_danger);
	tcase_add_test(t, what_a_cut_feeds_is_hidden_by_it);
	tcase_add_test(t, lifts_that_say_so_themselves_are_hidden_too);
	tcase_add_test(t, a_cut_that_is_short_is_told_as_it_was);
	tcase_add_test(t, a_supply_that_feeds_no_lift_has_no_cars);
	tcase_add_test(t, a_cut_says_what_is_lost_and_which_cars_stand_where);
	tcase_add_test(t, a_suspicion_says_that_it_is_one);
	tcase_add_test(t, a_text_that_is_full_names_the_cars_that_fit);
	tcase_add_test(t, a_lift_says_who_is_in_it_and_what_its_fault_is);
	tcase_add_loop_test(t,
	    a_cut_is_suspected_when_meter_and_lift_fall_silent_together, 0,
	    ROWS(falls));
	tcase_add_test(
	    t, a_suspicion_is_told_within_ten_seconds_of_the_second_sign);
	tcase_add_test(t, a_bus_that_is_cut_is_no_power_that_is_cut);
	tcase_add_test(
	    t, those_that_stay_away_when_their_bus_is_back_are_suspected);
	tcase_add_test(
	    t, a_suspicion_ends_when_the_meter_says_that_it_is_there);
	tcase_add_test(t,
	    a_suspicion_is_there_from_the_start_only_if_riser_ran_a_moment_ago);
	tcase_add_test(
	    t, what_riser_said_of_itself_before_a_restart_is_passed_over);
	tcase_add_test(
	    t, who_was_silent_before_a_restart_did_not_fall_silent_in_it);
	tcase_add_test(t, cars_that_come_back_are_told_once_a_second_at_most);
	tcase_add_test(t, of_cars_that_come_back_in_one_second_one_event_tells);
	tcase_add_test(t, a_car_that_was_never_away_is_not_in_the_list);
	tcase_add_test(t, those_that_do_not_restart_are_late);
	tcase_add_test(t, the_list_goes_with_its_alarm);
	tcase_add_test(t, a_restart_goes_on_hiding_after_a_cut);
	tcase_add_test(t, what_was_hidden_is_shown_when_its_time_is_over);
	tcase_add_test(t, a_late_tick_shows_nothing_that_a_cut_hides);
	tcase_add_test(t,
	    a_cut_ends_when_it_is_acknowledged_and_all_cars_are_back_or_checked);
	tcase_add_test(
	    t, a_second_cut_puts_those_that_were_back_into_the_list_again);
	tcase_add_test(t, a_cut_that_chatters_has_its_list_made_anew_each_time);
	tcase_add_test(t, a_feeder_that_is_cut_alone_has_its_own_list);
	tcase_add_test(t, a_feeder_whose_transformer_is_cut_hides_in_it);
	tcase_add_test(t, a_check_says_who_looked_after_which_car);
	tcase_add_loop_test(t,
	    a_check_of_what_is_no_car_is_refused_with_a_sentence, 0,
	    ROWS(bad_checks));
	tcase_add_test(t, a_check_after_the_cut_is_refused);
	tcase_add_test(t, a_check_that_cannot_be_told_has_not_happened);
	tcase_add_test(t, an_alarm_s_times_that_are_moved_are_the_cars_too);
	tcase_add_test(t, a_lift_that_had_power_in_a_cut_tells_of_its_own);
	tcase_add_test(t, a_lift_whose_power_is_back_in_a_cut_is_shown);
	tcase_add_test(t, a_cut_that_is_out_of_service_hides_nobody);
	tcase_add_test(t, a_supply_that_is_shelved_hides_nobody_at_once);
	tcase_add_test(
	    t, a_lift_that_stays_dark_is_shown_when_the_supply_is_there);
	tcase_add_test(
	    t, a_cut_that_comes_again_at_once_is_told_and_cars_are_open_again);
	tcase_add_test(
	    t, a_suspicion_ends_when_the_lift_in_need_is_looked_after);
	tcase_add_test(t, a_suspicion_ends_as_a_false_alarm);
	tcase_add_test(t, a_meter_that_dies_in_a_cut_does_not_hold_it);
	tcase_add_test(t, silence_on_a_bus_of_one_feed_is_known_at_once);
	tcase_add_test(t, a_line_of_meters_and_one_lift_are_no_cut);
	suite_add_tcase(s, t);

	tcase_add_checked_fixture(over, begin, end);
	tcase_add_loop_test(
	    over, a_cut_is_the_same_whatever_comes_in_between, 0, STEPS);
	tcase_add_loop_test(over,
	    killed_while_a_cut_begins_it_lists_the_cars_as_they_were, 0, 60);
	tcase_add_test(over, what_was_read_before_a_restart_is_not_what_is);
	tcase_add_test(over,
	    a_car_that_parked_before_a_restart_was_not_moving_when_its_power_went);
	tcase_add_loop_test(over,
	    a_suspected_cut_is_the_same_whatever_comes_in_between, 0, STEPS);
	tcase_add_loop_test(
	    over, a_cut_that_could_not_be_told_is_told_when_it_can_be, 0, 6);
	tcase_add_test(over, a_reload_takes_cars_out_that_it_feeds_no_more);
	tcase_add_test(
	    over, a_reload_forgets_no_car_of_a_cut_that_is_told_after_it);
	tcase_add_test(over, a_cut_whose_rule_is_gone_comes_back_with_its_cars);
	tcase_add_test(
	    over, who_is_trapped_before_a_restart_is_not_freed_by_it);
	tcase_add_test(over, who_is_being_freed_is_freed_over_a_reload);
	suite_add_tcase(s, over);
	return suite_run(s);
}
