/*
 * test_alarms_random.c - whatever happens, who reads the log knows the alarms
 *
 * Sequences of readings, outages, orders, refusals, kills, reloads and clock
 * steps.  What is told goes into a log whose end a kill throws away, told or
 * not; riser then begins anew with the last event of each alarm that is left.
 * Somebody else reads what is committed, some of it twice.  In the end he knows
 * of each alarm what is true, and has seen each time that it became active or
 * was over.
 *
 * Beside it, from the readings alone: what must be active and what must not;
 * and what of it that latches has ended, by whom who looked or by its release.
 *
 * On a bus of their own there are a meter and two lifts that it feeds: of those
 * a cut with its cars.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "gateway/alarm/alarm_record.h"
#include "gateway/base/buf.h"
#include "gateway/base/json.h"
#include "tests/alarms_help.h"
#include "tests/suite.h"

#define SEQUENCES 10000
#define STEPS 60
#define LOG_MAX 4000
#define KEYS_MAX 40
#define DEVICES 3 /* with the same rules; behind them: */

/* Check's own write a line to a file each time they hold. */
#define must(condition, ...)                                                   \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg(__VA_ARGS__);                             \
	} while (0)
#define must_be(condition) must(condition, "%s", #condition)

/* ---- the site ---- */

static const struct site_rule device_rules[] = {
    {"fault", "fault", NULL, "mode == inspection", 2 * SECOND, SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"button", "button", NULL, NULL, 0, 0, 30 * MINUTE, SEVERITY_P1, true},
    {"flutter", "flap", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P3, false},
    {"stuck", "flap", NULL, NULL, 0, SECOND, 30 * MINUTE, SEVERITY_P1, false},
    {"heavy", "load >= 80", "load < 75", NULL, 5 * SECOND, 5 * SECOND, 8 * HOUR,
	SEVERITY_P3, false},
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"identity", "not identified", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P2,
	true},
    {0}};

static const struct site_rule gateway_rules[] = {
    {"bus-down", "not bus_up", NULL, NULL, 30 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {0}};

enum { METER = DEVICES, LIFT_1, LIFT_2 };

static const struct site_rule meter_rules[] = {
    {"cars_late", "cars_late", NULL, NULL, 0, 0, 8 * HOUR, SEVERITY_P2, false},
    {"power_cut", "power_cut", NULL, NULL, 2 * SECOND, 30 * SECOND, 0,
	SEVERITY_P1, true},
    {0}};

static const struct site_rule lift_rules[] = {
    {"comm_loss", "not online", NULL, NULL, 60 * SECOND, 10 * SECOND, 8 * HOUR,
	SEVERITY_P2, false},
    {"entrapment", "car_trapped", NULL, NULL, 0, 0, 0, SEVERITY_P1, true},
    {"power_lost", "car_unpowered", NULL, NULL, 5 * SECOND, 30 * SECOND,
	30 * MINUTE, SEVERITY_P1, false},
    {0}};

#define CUT "tx/power_cut"

/* Of the button, which latches. */
#define RELEASE "mode != inspection"

/* Their numbers; a device's alarms have them too. */
enum {
	FAULT_RULE,
	BUTTON_RULE,
	FLUTTER_RULE,
	STUCK_RULE,
	HEAVY_RULE,
	COMM_RULE,
	IDENTITY_RULE,
	RULES
};

/* ---- chance ---- */

static uint64_t chance;

static uint32_t
any(uint32_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (uint32_t)(chance >> 33) % below;
}

static bool
one_in(uint32_t n)
{
	return any(n) == 0;
}

/* ---- the log ---- */

struct event {
	int key;
	enum alarm_change change;
	int64_t offset_ms; /* of its stamp */
	char *members;
};

/* An alarm as far as somebody must know it. */
struct face {
	uint8_t state;
	bool active, chatters;
	char ack[ORDER_BY_MAX], shelf[ORDER_BY_MAX], out[ORDER_BY_MAX],
	    hidden[ORDER_KEY_MAX], cars[64];
	int64_t since_ms, until_ms;
};

/* What is true of one alarm. */
struct truth {
	bool active;
	uint32_t edges; /* how often that changed */
	struct face told; /* last */
};

static struct event events[LOG_MAX];
static size_t event_count, committed;
static char keys[KEYS_MAX][ORDER_KEY_MAX];
static int key_count;
static const char *key_devices[KEYS_MAX];
static const struct alarm *standing[KEYS_MAX]; /* NULL: plain */
static const struct sweep_list *standing_cars[KEYS_MAX];
static int first_lift_key, cut_key;
static struct truth now_true[KEYS_MAX];
static struct truth then_true[KEYS_MAX]; /* when it was last committed */
/* A reading changed its condition at once, and nothing was told of it since. */
static bool owed[KEYS_MAX];
static bool refuse;
static int64_t offset_ms; /* wall less monotonic */

static struct {
	uint64_t raises, kills, lost, refused, steps, reloads, orders, busy,
	    hidden, chatters, repeated, looked_after, released, cuts, cars,
	    checks, ended;
} seen;

/* The rules of the devices first, each at its number. */
static int
key_of(const char *device, const char *alarm)
{
	for (int i = 0; i < key_count; i++)
		if (key_devices[i] == device &&
		    strcmp(&keys[i][strlen(device) + 1], alarm) == 0)
			return i;
	ck_abort_msg("there is no %s/%s", device, alarm);
}

static void
add_key(const char *device, const char *alarm)
{
	must_be(key_count < KEYS_MAX);
	key_devices[key_count] = device;
	snprintf(keys[key_count++], ORDER_KEY_MAX, "%s/%s", device, alarm);
}

static void
start_keys(void)
{
	const char *gateway = site.devices[site.device_count - 1].id;

	key_count = 0;
	for (uint16_t d = 0; d < DEVICES; d++)
		for (int r = 0; r < RULES; r++)
			add_key(site.devices[d].id, device_rules[r].name);
	add_key(gateway, "bus-down-a");
	add_key(gateway, "bus-down-b");
	add_key(gateway, "bus-down-c");
	for (int r = 0; meter_rules[r].name != NULL; r++)
		add_key(site.devices[METER].id, meter_rules[r].name);
	cut_key = key_count - 1;
	first_lift_key = key_count;
	for (uint16_t d = LIFT_1; d <= LIFT_2; d++)
		for (int r = 0; lift_rules[r].name != NULL; r++)
			add_key(site.devices[d].id, lift_rules[r].name);
}

/* "lift-2*+ lift-1": checked, back. */
static void
write_cars(char text[64], const struct sweep_list *cars)
{
	struct buf out;

	buf_fixed(&out, text, 64);
	for (uint8_t i = 0; cars != NULL && i < cars->count; i++)
		buf_printf(&out, "%s%s%s ", cars->cars[i].device,
		    cars->cars[i].checked.by[0] != '\0' ? "*" : "",
		    cars->cars[i].back ? "+" : "");
	must_be(!out.full);
}

static struct face
face_of(const struct alarm *a, const struct sweep_list *cars)
{
	struct face f = {
	    .state = a->state, .active = a->active, .chatters = a->chatters};

	if (a->state != ALARM_NORMAL) {
		strcpy(f.ack, a->ack.by);
		f.since_ms = a->since_ms;
		write_cars(f.cars, cars);
	}
	strcpy(f.shelf, a->shelved_by);
	strcpy(f.out, a->out.by);
	strcpy(f.hidden, a->suppressed_by);
	f.until_ms = a->shelved_by[0] != '\0' ? a->shelved_until_ms : 0;
	return f;
}

static void
assert_face(const struct face *is, const struct face *should, int key)
{
	must(is->state == should->state && is->active == should->active &&
		is->chatters == should->chatters &&
		strcmp(is->ack, should->ack) == 0 &&
		strcmp(is->shelf, should->shelf) == 0 &&
		strcmp(is->out, should->out) == 0 &&
		strcmp(is->hidden, should->hidden) == 0 &&
		strcmp(is->cars, should->cars) == 0 &&
		llabs(is->since_ms - should->since_ms) <= 1 &&
		llabs(is->until_ms - should->until_ms) <= 1,
	    "%s: %s %d since %" PRId64 " ack %s hidden %s cars %s, not %s %d "
	    "since %" PRId64 " ack %s hidden %s cars %s",
	    keys[key], alarm_state_names[is->state], is->active, is->since_ms,
	    is->ack, is->hidden, is->cars, alarm_state_names[should->state],
	    should->active, should->since_ms, should->ack, should->hidden,
	    should->cars);
}

static char *
write_members(const struct alarms_news *news)
{
	struct buf text = {0};
	struct json j = {.out = &text};

	json_open(&j);
	json_key_string(&j, "type", "alarm");
	json_key_string(&j, "device", news->device);
	json_key_string(&j, "alarm", news->alarm);
	json_key_string(&j, "change", alarm_change_names[news->change]);
	alarm_record_write(&j, news->now, news->rule, news->cars, offset_ms);
	json_end(&j);
	must_be(text.len < SAMPLE_EVENT_MAX);
	text.data[text.len - 1] = '\0'; /* without braces */
	memmove(text.data, text.data + 1, text.len - 1);
	return text.data;
}

/* A rule's alarm is raised once, unless it chatters, or its supply came back
 * and went again: then again if it was acknowledged and is P1. */
static void
check_raise(const struct alarms_news *news, const struct face *before)
{
	bool again = before->active &&
	    (before->chatters || news->cars != NULL) &&
	    before->state == ALARM_ACKED && news->rule->severity == SEVERITY_P1;

	if (news->change == ALARM_RAISE || news->change == ALARM_CHATTER)
		must(!before->active || again, "%s is raised twice",
		    news->alarm);
	seen.raises += news->change == ALARM_RAISE;
	seen.chatters += news->change == ALARM_CHATTER;
	seen.hidden += news->now->suppressed_by[0] != '\0';
}

static bool
is_released(uint16_t device)
{
	const struct derive_input *mode = &site.live[device][MODE];

	return (mode->quality.code == QUALITY_GOOD ||
		   mode->quality.code == QUALITY_SIMULATED) &&
	    mode->value.i != 2;
}

/* Of a cut no car is forgotten. */
static void
check_ended(const struct alarms_news *news, int key)
{
	must_be(key != cut_key || !sweep_list_is_open(news->cars));
	seen.ended += key == cut_key;
}

/* A button ends by itself only if somebody knew of it, and by its release. */
static void
check_release(const struct alarms_news *news, int key)
{
	const struct face *before = &now_true[key].told;

	if (news->change != ALARM_RELEASE)
		return;
	if (key >= first_lift_key || key == cut_key) {
		check_ended(news, key);
		return;
	}
	must_be(key % RULES == BUTTON_RULE && key < DEVICES * RULES);
	must(is_released((uint16_t)(key / RULES)), "%s: who released it?",
	    keys[key]);
	must_be(before->state == ALARM_LATCHED || before->state == ALARM_ACKED);
	must_be(news->now->state == ALARM_NORMAL);
	seen.released++;
}

static bool
tell(void *context, const struct alarms_news *news)
{
	int key = key_of(news->device, news->alarm);
	struct truth *t = &now_true[key];

	(void)context;
	if (refuse) {
		seen.refused++;
		return false;
	}
	must_be(event_count < LOG_MAX);
	check_raise(news, &t->told);
	check_release(news, key);
	events[event_count++] =
	    (struct event){key, news->change, offset_ms, write_members(news)};
	t->told = face_of(news->now, news->cars);
	seen.cuts += key == cut_key && news->change == ALARM_RAISE;
	seen.cars += news->change == ALARM_CARS;
	owed[key] = false;
	/* Two may come in one call: nobody sees between. */
	t->edges += t->active != news->now->active;
	t->active = news->now->active;
	return true;
}

static void
forget_after(size_t count)
{
	while (event_count > count)
		free(events[--event_count].members);
}

/* ---- who reads it ---- */

static struct reader {
	size_t at; /* read so far */
	bool has[LOG_MAX];
	struct face face[KEYS_MAX];
	size_t newest[KEYS_MAX];
	uint32_t edges[KEYS_MAX];
} reader;

static void
read_event(size_t seq)
{
	const struct event *e = &events[seq];
	struct alarm a;
	struct sweep_list cars;
	struct face f;

	if (reader.has[seq]) {
		seen.repeated++;
		return;
	}
	reader.has[seq] = true;
	must_be(alarm_record_read(&a, &cars, e->members, e->offset_ms));
	f = face_of(&a, &cars);
	reader.edges[e->key] += f.active != reader.face[e->key].active;
	reader.face[e->key] = f;
}

/* Some of what it has already is given again. */
static void
read_committed(void)
{
	size_t from = reader.at - any((uint32_t)reader.at + 1) / 4;

	for (size_t i = from; i < committed; i++)
		read_event(i);
	reader.at = committed;
}

static void
commit(void)
{
	committed = event_count;
	memcpy(then_true, now_true, sizeof(then_true));
}

/* ---- what is true ---- */

static void
look(void *context, const struct alarms_news *news)
{
	int key = key_of(news->device, news->alarm);

	(void)context;
	standing[key] = news->now;
	standing_cars[key] = news->cars;
}

static void
look_at_all(void)
{
	memset(standing, 0, sizeof(standing));
	alarms_each(site.alarms, look, NULL);
}

static struct face
face_now(int key)
{
	return standing[key] != NULL
	    ? face_of(standing[key], standing_cars[key])
	    : (struct face){0};
}

/* After each call. */
static void
observe(void)
{
	bool active;

	look_at_all();
	for (int i = 0; i < key_count; i++) {
		active = standing[i] != NULL && standing[i]->active;
		must(active == now_true[i].active, "%s: %s untold", keys[i],
		    active ? "active" : "over");
	}
}

/* What is can only be what was last told of it. */
static void
assert_told(void)
{
	struct face is;

	look_at_all();
	for (int i = 0; i < key_count; i++) {
		is = face_now(i);
		assert_face(&is, &now_true[i].told, i);
	}
}

/* ---- what must be, from the readings alone ---- */

/* Since when a rule's `when`, or what clears it, is known to hold; -1: not. */
static struct hold {
	int64_t when_ms, over_ms;
} holds[DEVICES][RULES];

static int identified[DEVICES]; /* -1: not known */
/* UNDECIDED: given up, and it may be its bus that is silent. */
/* When a rule looked first that waits to know the mode; -1: not yet.  It waits
 * no more once it knew it. */
static int64_t waits_ms[DEVICES];
static bool mode_known[DEVICES];
static enum online { NOT_HEARD, ONLINE, OFFLINE, UNDECIDED } online[DEVICES];
static bool silent[DEVICES]; /* the last question failed */

/* Of the cut, by the meter's voltages alone. */
static struct hold cut;
static bool is_lost; /* until they are known to be there */
static int64_t meter_silent_ms; /* since then; -1: it is not */
static bool said_power[LIFT_2 + 1]; /* since the phases were lost */

static bool
is_known(uint16_t device, uint16_t point)
{
	uint8_t code = site.live[device][point].quality.code;

	return code == QUALITY_GOOD || code == QUALITY_SIMULATED;
}

static double
number(uint16_t device, uint16_t point)
{
	return value_number(&site.live[device][point].value);
}

static void
set_hold(int64_t *since_ms, bool holds_now)
{
	if (!holds_now)
		*since_ms = -1;
	else if (*since_ms < 0)
		*since_ms = site.now_ms;
}

static void
hold(uint16_t device, int rule, bool known, bool when, bool over)
{
	set_hold(&holds[device][rule].when_ms, known && when);
	set_hold(&holds[device][rule].over_ms, known && over);
}

static void
hold_bool(uint16_t device, int rule, uint16_t point)
{
	bool known = is_known(device, point);
	bool is = known && number(device, point) != 0;

	hold(device, rule, known, is, !is);
}

static void
wait_for_mode(uint16_t device)
{
	if (waits_ms[device] < 0)
		waits_ms[device] = site.now_ms;
	mode_known[device] |= is_known(device, MODE);
}

static bool
is_waiting(uint16_t device, int rule)
{
	return rule == FAULT_RULE && !mode_known[device] &&
	    site.now_ms - waits_ms[device] < CONDITION_WAIT_MS;
}

/* Of a rule without delays, which was looked at: however short, it is told. */
static void
owe(uint16_t device, int rule)
{
	const struct hold *h = &holds[device][rule];
	int key = device * RULES + rule;
	const struct face *told = &now_true[key].told;

	owed[key] |= (h->when_ms >= 0 && !told->active) ||
	    (h->over_ms >= 0 && told->active && !told->chatters);
}

/* These points were read. */
static void
update_holds(uint16_t device, unsigned points)
{
	double load = is_known(device, LOAD) ? number(device, LOAD) : 0;

	/* A rule looks at all its points when one is read. */
	if (points & (1u << FAULT) || points & (1u << MODE)) {
		hold_bool(device, FAULT_RULE, FAULT);
		wait_for_mode(device);
	}
	if (points & (1u << BUTTON)) {
		hold_bool(device, BUTTON_RULE, BUTTON);
		owe(device, BUTTON_RULE);
	}
	if (points & (1u << FLAP)) {
		hold_bool(device, FLUTTER_RULE, FLAP);
		owe(device, FLUTTER_RULE);
		hold_bool(device, STUCK_RULE, FLAP);
	}
	if (points & (1u << LOAD))
		hold(device, HEAVY_RULE, is_known(device, LOAD), load >= 80,
		    load < 75);
}

static void
forget_holds(void)
{
	memset(holds, -1, sizeof(holds));
	memset(waits_ms, -1, sizeof(waits_ms));
	memset(mode_known, 0, sizeof(mode_known));
	memset(online, 0, sizeof(online));
	memset(silent, 0, sizeof(silent));
	memset(identified, -1, sizeof(identified));
	memset(&cut, -1, sizeof(cut));
	is_lost = false;
	meter_silent_ms = -1;
	memset(said_power, 0, sizeof(said_power));
}

/* Of what latches: who has looked ends it, and so does its release. */
static void
assert_latched(uint16_t device, int rule, const struct alarm *a)
{
	bool looked_after = a->work[WORK_RESCUED].by[0] != '\0' ||
	    a->work[WORK_FALSE].by[0] != '\0';
	int key = device * RULES + rule;

	if (a->state == ALARM_NORMAL)
		return;
	if (looked_after)
		must(a->state == ALARM_ACKED && a->condition,
		    "%s was looked after and stands", keys[key]);
	if (rule == BUTTON_RULE && is_released(device))
		must(a->state == ALARM_UNACK || a->condition,
		    "%s was released and stands", keys[key]);
}

/* By nobody's wish it is not. */
static bool
is_seen(const struct alarm *a)
{
	return a->out.by[0] == '\0' && a->shelved_by[0] == '\0';
}

/* By a cut that is to be seen, while it stands. */
static void
assert_behind_cut(int key)
{
	const struct alarm *a = standing[cut_key];

	if (standing[key] != NULL && a != NULL && a->condition && !is_seen(a))
		must(strcmp(standing[key]->suppressed_by, CUT) != 0,
		    "%s is hidden by what is hidden", keys[key]);
}

/* A meter that is silent for long holds nothing up. */
static bool
is_meter_believed(void)
{
	return meter_silent_ms < 0 ||
	    site.now_ms - meter_silent_ms < SWEEP_METER_MS;
}

static void
assert_cut(void)
{
	const struct alarm *a = standing[cut_key];
	bool active = a != NULL && a->active;

	if (cut.when_ms >= 0 && site.now_ms - cut.when_ms >= 2 * SECOND &&
	    is_meter_believed())
		must(active, "the cut is missed");
	if (cut.over_ms >= 0 && site.now_ms - cut.over_ms >= 30 * SECOND)
		must(!active || a->chatters, "the cut is a ghost");
	must_be(a == NULL || a->state == ALARM_NORMAL ||
	    standing_cars[cut_key] != NULL ||
	    (said_power[LIFT_1] && said_power[LIFT_2]));
	for (int i = first_lift_key; i < key_count; i++)
		assert_behind_cut(i);
}

static void
assert_rule(uint16_t device, int rule)
{
	const struct hold *h = &holds[device][rule];
	const struct alarm_rule *r = &site.rules[rule];
	int key = device * RULES + rule;
	const struct alarm *a = standing[key];
	bool active = a != NULL && a->active;

	if (h->when_ms >= 0 && site.now_ms - h->when_ms >= r->on_ms &&
	    !is_waiting(device, rule))
		must(active, "%s is missed", keys[key]);
	if (h->over_ms >= 0 && site.now_ms - h->over_ms >= r->off_ms)
		must(!active || a->chatters,
		    "%s is a ghost: its "
		    "condition is over",
		    keys[key]);
	if (r->latch && a != NULL)
		assert_latched(device, rule, a);
	must(!owed[key], "%s: a short one is missed", keys[key]);
	if (r->severity == SEVERITY_P1 && a != NULL && a->shelved_by[0] != '\0')
		must_be(a->shelved_until_ms - site.now_ms <= 30 * MINUTE);
}

/* By whom it must be hidden; NULL: that is not known. */
static const char *
hider(uint16_t device, int rule)
{
	static const char *const modes[DEVICES] = {
	    "a-1/mode", "a-2/mode", "b-1/mode"};
	int bus = DEVICES * RULES + (int)site.devices[device].bus;

	if (rule == FAULT_RULE && is_known(device, MODE))
		return number(device, MODE) == 2 ? modes[device] : "";
	if (rule == COMM_RULE || rule == IDENTITY_RULE)
		return standing[bus] != NULL && standing[bus]->condition &&
			is_seen(standing[bus])
		    ? keys[bus]
		    : NULL;
	return rule == FAULT_RULE ? NULL : "";
}

static void
assert_hidden(uint16_t device, int rule)
{
	const struct alarm *a = standing[device * RULES + rule];
	const char *by = hider(device, rule);

	if (a != NULL && a->state == ALARM_NORMAL)
		by = "";
	if (a != NULL && by != NULL)
		must(strcmp(a->suppressed_by, by) == 0,
		    "%s is hidden by \"%s\", not \"%s\"",
		    keys[device * RULES + rule], a->suppressed_by, by);
}

/* Nothing is refused, and everything that was due has happened. */
static void
assert_rules(void)
{
	for (uint16_t d = 0; d < DEVICES; d++) {
		for (int r = 0; r < RULES; r++) {
			assert_rule(d, r);
			assert_hidden(d, r);
		}
	}
	assert_cut();
}

/* ---- what happens ---- */

static void
tick(void)
{
	int64_t next_ms;

	do {
		next_ms = alarms_tick(site.alarms, site.now_ms);
		observe();
	} while (next_ms <= site.now_ms);
	if (!refuse)
		assert_rules();
}

static void
pass(int64_t ms)
{
	int64_t end_ms = site.now_ms + ms, next_ms;

	for (;;) {
		next_ms = alarms_tick(site.alarms, site.now_ms);
		observe();
		if (refuse && next_ms < end_ms)
			next_ms += ms / 8; /* not each of its retries */
		if (next_ms > end_ms)
			break;
		site.now_ms = next_ms;
	}
	site.now_ms = end_ms;
	tick();
}

static struct value
some_value(uint16_t point)
{
	static const double loads[] = {60, 74.9, 75, 79, 80, 95};

	switch (point) {
	case LOAD: return site_value(LOAD, loads[any(6)]);
	case MODE: return site_value(MODE, any(3));
	case LABEL: return (struct value){VALUE_TEXT, .text = "3F"};
	default: return site_value(point, any(2));
	}
}

static void
do_read(void)
{
	static const uint8_t codes[] = {QUALITY_GOOD, QUALITY_GOOD,
	    QUALITY_GOOD, QUALITY_GOOD, QUALITY_GOOD, QUALITY_SIMULATED,
	    QUALITY_BAD_TIMEOUT, QUALITY_UNCERTAIN_RANGE, QUALITY_STALE};
	uint16_t device = (uint16_t)any(DEVICES);
	unsigned points = 1 + any((1u << SITE_POINTS) - 1);
	struct quality q = {.code = codes[any(sizeof(codes))]};
	struct reading readings[SITE_POINTS], *r = readings;
	struct batch b = {
	    .at.mono_ms = site.now_ms, .device = device, .readings = readings};

	for (uint16_t i = 0; i < SITE_POINTS; i++) {
		if (!(points & (1u << i)))
			continue;
		*r = (struct reading){.point = i, .quality = q};
		if (quality_has_value(q))
			r->value = some_value(i);
		site.live[device][i] =
		    (struct derive_input){r->value, q, site.now_ms};
		r++;
	}
	b.count = (uint16_t)(r - readings);
	site_take(&b);
	update_holds(device, points);
	observe();
}

/* It comes and goes. */
static void
do_flap(void)
{
	uint16_t device = (uint16_t)any(DEVICES);

	for (int i = 0; i < 6; i++) {
		site_good(device, FLAP, i % 2);
		update_holds(device, 1u << FLAP);
		observe();
		pass(SECOND);
	}
}

static bool
is_bus_silent(size_t bus)
{
	for (uint16_t d = 0; d < DEVICES; d++)
		if (site.devices[d].bus == bus && !silent[d])
			return false;
	return true;
}

static void
set_online(uint16_t device, enum online next)
{
	if (online[device] == next)
		return;
	online[device] = next;
	hold(device, COMM_RULE, next == OFFLINE || next == ONLINE,
	    next == OFFLINE, next == ONLINE);
}

/* Who was given up before this is known to be silent itself. */
static void
decide(size_t bus)
{
	for (uint16_t d = 0; d < DEVICES; d++)
		if (site.devices[d].bus == bus && online[d] == UNDECIDED)
			set_online(d, OFFLINE);
}

static void
hear_of(uint16_t device, enum online what)
{
	size_t bus = site.devices[device].bus;

	silent[device] = what != ONLINE;
	if (what == UNDECIDED)
		alarms_failed(site.alarms, device, site.now_ms);
	else
		site_online(device, what == ONLINE);
	if (what == ONLINE)
		set_online(device, ONLINE);
	else if (what == OFFLINE && online[device] != OFFLINE)
		set_online(device, UNDECIDED);
	if (what == ONLINE || is_bus_silent(bus))
		decide(bus);
	observe();
}

static void
do_online(void)
{
	static const enum online whats[] = {ONLINE, OFFLINE, UNDECIDED};
	uint16_t device = (uint16_t)any(DEVICES);
	enum online what = whats[any(3)];
	bool all = one_in(3);

	for (uint16_t d = 0; d < DEVICES; d++)
		if (d == device || all)
			hear_of(d, what);
}

/* ---- a meter and its lifts ---- */

/* Readings of one answer. */
static struct reading answer[SITE_POINTS_ALL];
static uint16_t answered;

static void
add_reading(uint16_t device, uint16_t point, double number, uint8_t quality)
{
	struct reading *r = &answer[answered++];

	*r = (struct reading){.point = point, .quality = {.code = quality}};
	if (quality_has_value(r->quality))
		r->value = site_value(point, number);
	site.live[device][point] =
	    (struct derive_input){r->value, r->quality, site.now_ms};
}

static void
take_answer(uint16_t device)
{
	struct batch b = {.at.mono_ms = site.now_ms,
	    .device = device,
	    .count = answered,
	    .readings = answer};

	answered = 0;
	site_take(&b);
	observe();
}

/* lost: phases, by their bits. */
static void
read_volts(uint32_t lost, uint8_t quality)
{
	if (quality == QUALITY_GOOD)
		site_online(METER, true);
	for (uint16_t i = 0; i < 3; i++)
		add_reading(METER, (uint16_t)(VOLTS + i),
		    lost & 1u << i ? 0 : 230, quality);
	take_answer(METER);
	if (quality == QUALITY_GOOD) {
		if (lost != 0 && !is_lost)
			memset(said_power, 0, sizeof(said_power));
		is_lost = lost != 0;
		if (!is_meter_believed())
			set_hold(&cut.when_ms, false);
		meter_silent_ms = -1;
	}
	set_hold(&cut.when_ms, is_lost);
	set_hold(&cut.over_ms, !is_lost && quality == QUALITY_GOOD);
}

/* All is well, a phase is lost, all are, or nothing is known. */
static void
do_volts(void)
{
	read_volts(one_in(2) ? 0 : any(8),
	    one_in(6) ? QUALITY_BAD_TIMEOUT : QUALITY_GOOD);
}

static void
read_lift(uint16_t lift, bool well, uint8_t quality)
{
	static const double codes[] = {0, 0, 0, 8, 101}, doors[] = {0, 2};
	bool has_power;

	if (quality == QUALITY_GOOD)
		site_online(lift, true);
	add_reading(lift, MOVING, any(2), quality);
	add_reading(lift, ZONE, any(2), quality);
	add_reading(lift, DOOR, doors[any(2)], quality);
	add_reading(lift, OCCUPIED, any(2), quality);
	add_reading(lift, FLOOR, any(20), quality);
	add_reading(lift, CODE, well ? 0 : codes[any(5)], quality);
	has_power = well || one_in(2);
	said_power[lift] |= has_power && quality == QUALITY_GOOD;
	add_reading(lift, SUPPLY, has_power, quality);
	take_answer(lift);
}

static void
do_lift(void)
{
	read_lift((uint16_t)(LIFT_1 + any(2)), one_in(2),
	    one_in(8) ? QUALITY_BAD_TIMEOUT : QUALITY_GOOD);
}

/* The supply comes back, and most cars with it. */
static void
do_return(void)
{
	for (int i = 0; i < 4; i++) {
		read_volts(0, QUALITY_GOOD);
		for (uint16_t d = LIFT_1; d <= LIFT_2; d++)
			if (!one_in(8))
				read_lift(d, true, QUALITY_GOOD);
		pass(11 * SECOND);
	}
}

/* What is silent is known no more, unless it was lost. */
static void
do_silence(void)
{
	uint16_t device = (uint16_t)(METER + any(3));
	bool all = one_in(2), known = one_in(2);

	for (uint16_t d = METER; d <= LIFT_2; d++) {
		if (d != device && !all)
			continue;
		alarms_failed(site.alarms, d, site.now_ms);
		if (d == METER && meter_silent_ms < 0)
			meter_silent_ms = site.now_ms;
		if (known)
			site_online(d, false);
		observe();
	}
	set_hold(&cut.over_ms, false);
}

static void
do_check(void)
{
	struct order o = {
	    .verb = ORDER_CHECK, .alarm = CUT, .by = "Li", .note = ""};
	char why[ORDER_WHY_MAX];
	enum order_verdict v;

	snprintf(o.car, sizeof(o.car), "lift-%u", 1 + any(3));
	v = alarms_order(site.alarms, &o, site.now_ms, why);
	must_be(v != ORDER_UNKNOWN);
	must_be(v != ORDER_DONE || strcmp(o.car, "lift-3") != 0);
	seen.checks += v == ORDER_DONE;
	observe();
}

static void
do_power(void)
{
	switch (any(8)) {
	case 0:
	case 1:
	case 2: do_volts(); break;
	case 3:
	case 4: do_lift(); break;
	case 5: do_silence(); break;
	case 6: do_return(); break;
	default: do_check(); break;
	}
}

static void
do_identified(void)
{
	uint16_t device = (uint16_t)any(DEVICES);
	bool is = one_in(2);

	alarms_identified(site.alarms, device, is, site.now_ms);
	if (identified[device] != is)
		hold(device, IDENTITY_RULE, true, !is, is);
	identified[device] = is;
	observe();
}

static void
do_order(void)
{
	static const int64_t lengths[] = {MINUTE, 30 * MINUTE, 2 * HOUR};
	char why[ORDER_WHY_MAX];
	enum order_verb verb = (enum order_verb)any(ORDER_VERBS);
	int key = one_in(3) ? (int)any(DEVICES) * RULES + BUTTON_RULE
	    : one_in(4)	    ? cut_key
			    : (int)any((uint32_t)key_count);
	enum order_verdict v;

	v = site_order(verb, keys[key], lengths[any(3)], why);
	must_be(v != ORDER_UNKNOWN);
	seen.orders += v == ORDER_DONE;
	seen.busy += v == ORDER_BUSY;
	observe();
	if (v != ORDER_DONE || (verb != ORDER_RESCUE && verb != ORDER_FALSE))
		return;
	seen.looked_after++;
	must(standing[key] == NULL || standing[key]->state == ALARM_NORMAL ||
		standing[key]->ack.by[0] != '\0',
	    "%s: nobody knows of it", keys[key]);
}

static void
do_pass(void)
{
	static const int64_t lengths[] = {10, 500, SECOND, 3 * SECOND,
	    12 * SECOND, 31 * SECOND, 61 * SECOND, 10 * MINUTE, 31 * MINUTE};

	pass(lengths[any(9)]);
}

/* ---- kills and reloads ---- */

static void
restore(int key, const struct event *last)
{
	char device[ORDER_KEY_MAX];
	char *slash;
	struct alarm a;
	struct sweep_list cars;

	must_be(alarm_record_read(&a, &cars, last->members, last->offset_ms));
	strcpy(device, keys[key]);
	slash = strchr(device, '/');
	*slash = '\0';
	alarms_restore(
	    site.alarms, &(struct alarms_past){device, slash + 1, &a, &cars});
}

static void
do_kill(void)
{
	const struct event *last[KEYS_MAX] = {0};

	seen.kills++;
	/* What was suspected first goes on as a suspicion, which lifts end. */
	is_lost = false;
	set_hold(&cut.when_ms, false);
	seen.lost += event_count - committed;
	forget_after(committed);
	alarms_free(site.alarms);
	site.alarms = site_alarms(tell);
	if (site.resumed)
		site_recall(site.alarms, site.now_ms - any(1000));
	for (size_t i = 0; i < event_count; i++)
		last[events[i].key] = &events[i];
	for (int i = 0; i < key_count; i++)
		if (last[i] != NULL)
			restore(i, last[i]);
	memset(site.live, 0, sizeof(site.live));
	forget_holds();

	memcpy(now_true, then_true, sizeof(now_true));
	memset(owed, 0, sizeof(owed));
	assert_told();
}

/* The rules look, and nothing was read yet. */
static void
forget_points(void)
{
	memset(site.live, 0, sizeof(site.live));
	for (uint16_t d = 0; d < DEVICES; d++)
		update_holds(d, (1u << SITE_POINTS) - 1);
	set_hold(&cut.over_ms, false);
}

static void
do_reload(void)
{
	struct alarms *next = site_alarms(tell);

	seen.reloads++;
	alarms_carry_over(next, site.alarms);
	alarms_free(site.alarms);
	site.alarms = next;
	forget_points();
	observe();
}

static void
do_clock_step(void)
{
	seen.steps++;
	offset_ms += ((int64_t)any(7200) - 3600) * SECOND;
}

/* ---- sequences ---- */

static void
step(void)
{
	uint32_t n = any(100);

	if (n < 22)
		do_read();
	else if (n < 32)
		do_power();
	else if (n < 34)
		do_flap();
	else if (n < 45)
		do_online();
	else if (n < 49)
		do_identified();
	else if (n < 70)
		do_pass();
	else if (n < 80)
		do_order();
	else if (n < 85)
		refuse = one_in(3);
	else if (n < 92)
		commit();
	else if (n < 94)
		do_kill();
	else if (n < 96)
		do_reload();
	else if (n < 98)
		do_clock_step();
	else
		read_committed();
	if (!one_in(4))
		tick();
}

static struct alarm_rule fed_rules[2][SITE_RULES_MAX];

/* What of a cut: its release, and what it hides. */
static size_t
start_rules(struct alarm_rule *rules, const struct site_rule *rows)
{
	size_t count = site_rules(rules, rows);

	for (size_t i = 0; i < count; i++) {
		rules[i].needs_power = strcmp(rules[i].name, "entrapment") != 0;
		if (strcmp(rules[i].name, "entrapment") == 0)
			rules[i].release = site_expr("car_freed");
		if (strcmp(rules[i].name, "power_cut") == 0)
			rules[i].release = site_expr("cars_back");
	}
	return count;
}

static void
add_fed(const char *id, size_t bus, int set, size_t count, size_t fed_by)
{
	uint16_t device = site_add(id, bus, fed_rules[set], count);

	site.devices[device].kind = set == 0 ? "feeder" : "elevator";
	site.devices[device].fed_by = fed_by;
	site.devices[device].point_count = SITE_POINTS_ALL;
}

static void
start_fed(void)
{
	size_t c = site_bus("c");
	size_t meter = start_rules(fed_rules[0], meter_rules);
	size_t lift = start_rules(fed_rules[1], lift_rules);

	add_fed("tx", c, 0, meter, ALARMS_UNFED);
	add_fed("lift-1", c, 1, lift, METER);
	add_fed("lift-2", c, 1, lift, METER);
}

static void
begin(uint64_t seed)
{
	size_t a, b;

	chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	site_begin(device_rules, gateway_rules);
	site.rules[BUTTON_RULE].release = site_expr(RELEASE);
	a = site_bus("a");
	b = site_bus("b");
	site_device("a-1", a);
	site_device("a-2", a);
	site_device("b-1", b);
	start_fed();
	site_gateway();
	site.resumed = any(2);
	site.alarms = site_alarms(tell);
	offset_ms = site.wall_ms;
	site.now_ms = any(2) * HOUR; /* soon after the boot, or not */
	event_count = committed = 0;
	refuse = false;
	start_keys();
	memset(now_true, 0, sizeof(now_true));
	memset(then_true, 0, sizeof(then_true));
	memset(owed, 0, sizeof(owed));
	memset(&reader, 0, sizeof(reader));
	forget_holds();
	for (int d = 0; d < 20; d++)
		any(2);
}

static void
finish(void)
{
	struct face is;

	refuse = false;
	tick();
	assert_told();
	commit();
	read_committed();
	for (int i = 0; i < key_count; i++) {
		is = face_now(i);
		assert_face(&reader.face[i], &is, i);
		must(reader.edges[i] == now_true[i].edges,
		    "%s: %u edges read, %u were", keys[i], reader.edges[i],
		    now_true[i].edges);
	}
	forget_after(0);
	site_end();
}

START_TEST(who_reads_the_log_knows_the_alarms)
{
	for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
		begin(seed);
		for (int i = 0; i < STEPS; i++)
			step();
		finish();
	}
	printf(
	    "%d sequences: %" PRIu64 " raises, %" PRIu64 " chattered, %" PRIu64
	    " kills that lost %" PRIu64 " events, %" PRIu64
	    " tells refused, %" PRIu64 " orders done and %" PRIu64
	    " busy, %" PRIu64 " told hidden, %" PRIu64 " reloads, %" PRIu64
	    " clock steps, %" PRIu64 " looked after, %" PRIu64
	    " released, %" PRIu64 " cuts, %" PRIu64 " times cars, %" PRIu64
	    " checks, %" PRIu64 " cuts ended, %" PRIu64 " events read twice\n",
	    SEQUENCES, seen.raises, seen.chatters, seen.kills, seen.lost,
	    seen.refused, seen.orders, seen.busy, seen.hidden, seen.reloads,
	    seen.steps, seen.looked_after, seen.released, seen.cuts, seen.cars,
	    seen.checks, seen.ended, seen.repeated);
	ck_assert_uint_gt(seen.cuts, SEQUENCES / 10);
	ck_assert_uint_gt(seen.cars, 0);
	ck_assert_uint_gt(seen.checks, 0);
	ck_assert_uint_gt(seen.ended, 0);
	ck_assert_uint_gt(seen.raises, SEQUENCES);
	ck_assert_uint_gt(seen.chatters, 0);
	ck_assert_uint_gt(seen.kills, SEQUENCES / 10);
	ck_assert_uint_gt(seen.lost, 0);
	ck_assert_uint_gt(seen.refused, 0);
	ck_assert_uint_gt(seen.orders, 0);
	ck_assert_uint_gt(seen.busy, 0);
	ck_assert_uint_gt(seen.hidden, 0);
	ck_assert_uint_gt(seen.reloads, 0);
	ck_assert_uint_gt(seen.steps, 0);
	ck_assert_uint_gt(seen.looked_after, 0);
	ck_assert_uint_gt(seen.released, 0);
	ck_assert_uint_gt(seen.repeated, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("alarms at random");
	TCase *tc = tcase_create("sequences");

	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, who_reads_the_log_knows_the_alarms);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
