/*
 * test_lift_histories.c - lives of lifts, and what is told of them
 *
 * The simulator's estate lives in simulated time: a meter and a lift behind it,
 * in ordinary travel, with people trapped, stuck empty, in inspection, in power
 * cuts.  It is sampled at its profiles' periods, register space by register
 * space, and given to the alarms with the rules that ship.  The lift lacks any
 * of five sensors, and those it has fail at random times; its board and the
 * meter fall silent.  Half of the cuts have riser killed while they begin; it
 * goes on with what the journal took, by the profiles' deadbands.
 *
 * What must be told and what must not is judged by where car and people are,
 * which the alarms do not know: by a twin of the estate's lift, which lives the
 * same life.
 *
 * TORTURE=1: ten times the histories, and a thousand lift-days.
 */
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/alarm/alarms.h"
#include "gateway/alarm/sweep.h"
#include "gateway/conf/conf.h"
#include "gateway/measure/deadband.h"
#include "gateway/sim/estate.h"
#include "gateway/sim/lift.h"
#include "gateway/sim/rng.h"
#include "tests/suite.h"

#define HISTORIES 1000
#define LIFT_DAYS 2
#define TORTURE_HISTORIES 10000
#define TORTURE_LIFT_DAYS 1000

#define STEP_MS LIFT_STEP_MS
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY_MS (24 * HOUR)
#define POLL_MS 500 /* the period of what says where the car is */
#define READ_MS (POLL_MS + STEP_MS)
#define ON_MS (60 * SECOND) /* of entrapment_suspected */
#define BOUND_MS (ON_MS + 2 * POLL_MS)
#define GIVE_UP 3 /* failed questions */
#define COMMIT_MS 1000
#define JOURNAL 65536 /* readings; then the oldest go */
#define POINTS_MAX 64
#define SPACES 4
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Check's own write a line to a file each time they hold. */
#define must(condition, ...)                                                   \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg(__VA_ARGS__);                             \
	} while (0)

/* ---- lifts, by what they lack ---- */

enum sensor { OCCUPIED, LOAD, CALL, MODE, ZONE, SENSORS };

static const char *const sensor_names[SENSORS] = {
    "occupied", "load_pct", "car_call", "service_mode", "door_zone"};

/* All combinations of them, and the wires of a lift that speaks to nobody. */
#define VARIANTS ((1 << SENSORS) + 1)
#define DRY_CONTACT (1 << SENSORS)

enum { LIFT, METER, DEVICES };

static struct conf *confs[VARIANTS];
static struct catalog *catalogs[VARIANTS];

static bool
lacks(int variant, enum sensor s)
{
	if (variant == DRY_CONTACT)
		return s != MODE && s != ZONE;
	return variant & 1 << s;
}

/* The name of the point at this line of a profile. */
static bool
is_point(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, "  ", 2) == 0 && line[2] != ' ' &&
	    strncmp(line + 2, name, len) == 0 && line[2 + len] == ':';
}

/* The profile that ships, but for what the lift lacks. */
static void
write_profile(const char *dir, int variant)
{
	FILE *in = fopen("config/profiles/elevator/generic-gbt24476.yaml", "r");
	bool left_out = false;
	char path[128], line[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/elevator/v%d.yaml", dir, variant);
	out = fopen(path, "w");
	ck_assert(in != NULL && out != NULL);
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "   ", 3) != 0)
			left_out = false;
		for (int s = 0; s < SENSORS; s++)
			if (lacks(variant, (enum sensor)s))
				left_out |= is_point(line, sensor_names[s]);
		if (strncmp(line, "profile:", 8) == 0)
			fprintf(out, "profile: elevator/v%d\n", variant);
		else if (!left_out)
			fputs(line, out);
	}
	fclose(in);
	fclose(out);
}

static void
open_variant(const char *dir, int variant)
{
	char text[1024], profile[64];

	if (variant == DRY_CONTACT) {
		strcpy(profile, "generic-dry-contact");
	} else {
		snprintf(profile, sizeof(profile), "v%d", variant);
		write_profile(dir, variant);
	}
	snprintf(text, sizeof(text),
	    "site: {id: s}\n"
	    "profiles: [%s]\n"
	    "buses:\n"
	    "  - {id: shaft, url: \"tcp://127.0.0.1:502\"}\n"
	    "  - {id: cellar, url: \"tcp://127.0.0.1:503\"}\n"
	    "devices:\n"
	    "  - {id: lift-1, profile: elevator/%s, bus: shaft, unit: 1,\n"
	    "     fed_by: tx-1, place: {building: \"7\", floors: 6}}\n"
	    "  - {id: tx-1, profile: meter/eastron-sdm630, bus: cellar,\n"
	    "     kind: transformer, unit: 1, rating: {kva: 400}}\n",
	    dir, profile);
	confs[variant] =
	    conf_read_text("config/t.yaml", text, strlen(text), stdout);
	ck_assert_ptr_nonnull(confs[variant]);
	catalogs[variant] = conf_catalog(confs[variant]);
}

static void
open_variants(void)
{
	char dir[] = "/tmp/riser-lifts-XXXXXX", path[128];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/elevator", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	for (int v = 0; v < VARIANTS; v++)
		open_variant(dir, v);
	for (int v = 0; v < DRY_CONTACT; v++) {
		snprintf(path, sizeof(path), "%s/elevator/v%d.yaml", dir, v);
		ck_assert_int_eq(unlink(path), 0);
	}
	snprintf(path, sizeof(path), "%s/elevator", dir);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
close_variants(void)
{
	for (int v = 0; v < VARIANTS; v++) {
		catalog_unref(catalogs[v]);
		conf_free(confs[v]);
	}
}

/* ---- one life ---- */

enum watched { ENTRAPMENT, SUSPECTED, POWER_CUT, WATCHED };

static const char *const watched_keys[WATCHED] = {
    "lift-1/entrapment", "lift-1/entrapment_suspected", "tx-1/power_cut"};

/* The way out, since people were last seen to be trapped, or its controller was
 * heard to say so. */
struct exit {
	bool moved;
	int64_t opened_ms;
};

/* Where car and people are; times are since when, INT64_MAX if it is not so. */
struct truth {
	int64_t stuck_ms; /* stands with its door shut, outside a door zone, or
			     by a fault with somebody or something in it */
	int64_t shown_ms; /* may be so by what is read, as far as that goes */
	int64_t trapped_ms; /* people in it outside a zone, which what is read
			       shows */
	struct exit out;
	struct exit seen_out; /* with nothing missing, nor looking stuck, all
				 the time */
};

static struct {
	int variant;
	const struct conf *conf;
	const struct catalog *catalog;
	struct estate *estate;
	struct lift twin;
	double day_s; /* the time of day at the start */
	struct alarms *alarms;
	uint64_t rng;
	int64_t now_ms, next_ms; /* the next tick of the alarms */
	int16_t points[SENSORS], moving, door, fault, trap, supply;
	struct derive_input live[DEVICES][POINTS_MAX];
	int phase[DEVICES][SPACES]; /* in a period when it is read */
	bool silent[DEVICES];
	int failures[DEVICES];
	bool unasked[DEVICES]; /* since a start */
	bool bad[POINTS_MAX]; /* of the lift */
	int64_t bad_until_ms[POINTS_MAX], silent_until_ms[DEVICES];
	int64_t staged_until_ms[DEVICES];
	enum stage staged[DEVICES];
	bool scripted; /* not everyday life alone */
	/* As long as it rides, rests, and all of it is read well. */
	int64_t riding_ms, resting_ms, well_ms;
	struct {
		int64_t at_ms;
		bool rode, rested, held_people; /* for sure */
		bool killed; /* since then */
		int64_t kill_ms; /* it will be */
	} cut; /* the last one */
	struct deadband kept[DEVICES][POINTS_MAX];
	size_t written;
	struct truth truth;
	struct alarm now[WATCHED];
	int64_t acked_ms[WATCHED]; /* it will be taken then */
} life;

/* As a journal has what was read. */
static struct row {
	int64_t at_ms;
	uint16_t device;
	struct reading reading;
} journal[JOURNAL];

/* What all of them were. */
static struct {
	int raises[WATCHED], releases;
	int found_riding, found_resting, found_people; /* by a cut */
	int missed_riding; /* the list says that it stood */
	int found_killed; /* any of these, over a kill */
	int64_t latest_ms; /* after which people trapped were told */
	bool told_now;
} seen;

static int16_t
find(const char *name)
{
	return (int16_t)device_find(&life.catalog->devices[LIFT], name);
}

static bool
is_good(int point)
{
	return point >= 0 &&
	    life.live[LIFT][point].quality.code == QUALITY_GOOD;
}

/* Known to be that number. */
static bool
reads(int point, double number)
{
	return is_good(point) &&
	    value_number(&life.live[LIFT][point].value) == number;
}

/* ---- what is told ---- */

static int
watched_of(const struct alarms_news *n)
{
	char key[ORDER_KEY_MAX];

	snprintf(key, sizeof(key), "%s/%s", n->device, n->alarm);
	for (int i = 0; i < WATCHED; i++)
		if (strcmp(watched_keys[i], key) == 0)
			return i;
	return WATCHED;
}

static void
describe(const char *what)
{
	const struct lift *l = &life.twin;

	fprintf(stderr,
	    "%s: variant %d at %" PRId64 " ms: phase %d door %d fault %d mode "
	    "%d %.2f m people %.0f; stuck since %" PRId64 " shown %" PRId64
	    " opened %" PRId64 "\n",
	    what, life.variant, life.now_ms, l->phase, l->door, l->fault,
	    l->mode, l->position_m, l->people_pct, life.truth.stuck_ms,
	    life.truth.shown_ms, life.truth.out.opened_ms);
}

static bool
has_held(int64_t since_ms, int64_t for_ms)
{
	return since_ms != INT64_MAX && life.now_ms - since_ms >= for_ms;
}

static void
judge_suspicion(void)
{
	const struct truth *t = &life.truth;

	if (!has_held(t->shown_ms, ON_MS) || !has_held(t->stuck_ms, 0)) {
		describe("a false suspicion");
		must(!life.scripted, "a false suspicion");
	}
}

static void
judge_release(int which)
{
	if (!has_held(life.truth.out.opened_ms, ON_MS - READ_MS)) {
		describe(watched_keys[which]);
		must(false, "%s ended though nobody was seen to leave",
		    watched_keys[which]);
	}
	seen.releases++;
}

/* That it rode is not in the list.  After a kill it is known less well when the
 * power went, and what was as urgent a moment before may stand there. */
static bool
is_missed(const struct car_state *was)
{
	static const struct car_state ride = {.moving = CONDITION_TRUE};

	return was->moving != CONDITION_TRUE &&
	    (!life.cut.killed || car_rank(was) > car_rank(&ride));
}

/* What the list says of the car is how the cut found it. */
static void
judge_was(const struct car_state *was)
{
	if (life.now_ms - life.cut.at_ms > 10 * SECOND ||
	    life.silent_until_ms[METER] > life.cut.at_ms)
		return;
	if ((life.cut.rested && was->moving == CONDITION_TRUE) ||
	    (life.cut.held_people && was->occupied != CAR_PERSON)) {
		describe("another car than the cut's");
		must(false, "moving %d, occupied %d", was->moving,
		    was->occupied);
	}
	seen.missed_riding += life.cut.rode && is_missed(was);
	seen.found_riding += life.cut.rode;
	seen.found_resting += life.cut.rested;
	seen.found_people += life.cut.held_people;
	seen.found_killed += life.cut.killed &&
	    (life.cut.rode || life.cut.rested || life.cut.held_people);
}

static void
judge_list(const struct sweep_list *list)
{
	must(list != NULL && list->count == 1 &&
		strcmp(list->cars[0].device, "lift-1") == 0,
	    "a cut without the car that it stops");
	judge_was(&list->cars[0].was);
}

static void
judge(int which, const struct alarms_news *n)
{
	if (n->change == ALARM_RAISE || n->change == ALARM_CHATTER) {
		seen.raises[which]++;
		if (which == SUSPECTED)
			judge_suspicion();
		else if (which == ENTRAPMENT)
			must(reads(life.trap, 1), "a false entrapment");
		else
			judge_list(n->cars);
		life.acked_ms[which] =
		    life.now_ms + (int64_t)rng_between(&life.rng, 5e3, 1e5);
	}
	if (n->change == ALARM_RELEASE && which != POWER_CUT)
		judge_release(which);
}

static bool
tell(void *context, const struct alarms_news *n)
{
	int which = watched_of(n);

	(void)context;
	if (which == WATCHED)
		return true;
	judge(which, n);
	life.now[which] = *n->now;
	return true;
}

/* ---- a life begins and ends ---- */

static struct derive_input
get(const void *context, uint16_t device, uint16_t point)
{
	(void)context;
	return life.live[device][point];
}

static struct alarms_device
device_of(const struct conf_device *d, const struct point_info *points)
{
	return (struct alarms_device){.id = d->id,
	    .name = d->name,
	    .kind = d->kind,
	    .building = d->building,
	    .bus = d->bus,
	    .fed_by = d->fed_by != NULL ? METER : ALARMS_UNFED,
	    .point_count = (uint16_t)d->point_count,
	    .points = points,
	    .rule_count = d->alarm_count,
	    .rules = d->alarms};
}

static struct alarms *
new_alarms(bool resumed)
{
	static struct alarms_device devices[DEVICES + 1];
	static const char *const buses[] = {"shaft", "cellar"};
	static struct point_info own[GATEWAY_POINTS];
	const struct conf_device *self = &life.conf->gateway;

	for (size_t i = 0; i < GATEWAY_POINTS; i++)
		own[i] = (struct point_info){.name = self->points[i].name,
		    .unit = self->points[i].unit,
		    .role = "",
		    .form = self->points[i].decode.form};
	for (size_t i = 0; i < DEVICES; i++)
		devices[i] = device_of(
		    &life.conf->devices[i], life.catalog->devices[i].points);
	devices[DEVICES] = device_of(self, own);
	return alarms_new(&(struct alarms_conf){.device_count = DEVICES + 1,
	    .devices = devices,
	    .bus_count = 2,
	    .buses = buses,
	    .resumed = resumed,
	    .get = get,
	    .tell = tell});
}

static void
begin_truth(void)
{
	life.truth = (struct truth){.stuck_ms = INT64_MAX,
	    .shown_ms = INT64_MAX,
	    .trapped_ms = INT64_MAX,
	    .out.opened_ms = INT64_MAX,
	    .seen_out.opened_ms = INT64_MAX};
	seen.told_now = false;
}

static void
begin_estate(void)
{
	uint64_t own = rng_next(&life.rng);
	int64_t day_ms = (int64_t)rng_between(&life.rng, 0, (double)DAY_MS);

	life.estate = estate_new(life.conf, own, day_ms);
	life.day_s = (double)day_ms / 1000;
	lift_start(&life.twin, rng_named(own, "lift-1"), 6);
}

static void
begin(int variant, uint64_t seed, bool scripted)
{
	memset(&life, 0, sizeof(life));
	life.variant = variant;
	life.scripted = scripted;
	life.conf = confs[variant];
	life.catalog = catalogs[variant];
	life.rng = seed;
	begin_estate();
	for (int s = 0; s < SENSORS; s++)
		life.points[s] = find(sensor_names[s]);
	life.moving = find("moving");
	life.door = find("door");
	life.fault = find("fault_code");
	life.trap = find("entrapment");
	life.supply = find("supply");
	for (int d = 0; d < DEVICES; d++)
		for (int s = 0; s < SPACES; s++)
			life.phase[d][s] = (int)rng_between(
			    &life.rng, 0, (double)POLL_MS / STEP_MS);
	for (int w = 0; w < WATCHED; w++)
		life.acked_ms[w] = INT64_MAX;
	life.riding_ms = life.resting_ms = life.well_ms = INT64_MAX;
	life.cut.at_ms = -HOUR;
	life.cut.kill_ms = INT64_MAX;
	begin_truth();
	life.alarms = new_alarms(false);
}

static void
end(void)
{
	alarms_free(life.alarms);
	estate_free(life.estate);
}

/* ---- what happens to it ---- */

static bool
one_in(double n)
{
	return rng_unit(&life.rng) * n < 1;
}

static int64_t
until(double low_s, double high_s)
{
	return life.now_ms +
	    (int64_t)(rng_between(&life.rng, low_s, high_s) * 1000);
}

static void
stage(size_t device, enum stage what, int64_t until_ms)
{
	estate_stage(life.estate, device, what);
	life.staged[device] = what;
	life.staged_until_ms[device] = until_ms;
}

static void
stage_lift(void)
{
	static const enum stage all[] = {STAGE_TRAPPED, STAGE_TRAPPED,
	    STAGE_TRAPPED_TOLD, STAGE_STUCK_EMPTY, STAGE_INSPECTION,
	    STAGE_LOCKED_OUT, STAGE_NO_RESTART, STAGE_BUSY, STAGE_BUSY};
	size_t i = (size_t)rng_between(&life.rng, 0, COUNT(all));

	stage(LIFT, all[i], until(20, 400));
}

static void
stage_cut(void)
{
	static const enum stage all[] = {STAGE_CUT, STAGE_CUT, STAGE_BLACKOUT,
	    STAGE_L1_LOST, STAGE_L2_LOST, STAGE_L3_LOST};
	size_t i = (size_t)rng_between(&life.rng, 0, COUNT(all));

	stage(METER, all[i], until(1, 300));
	life.cut.at_ms = life.now_ms;
	life.cut.killed = false;
	life.cut.kill_ms = one_in(2) ? until(0, 9) : INT64_MAX;
	life.cut.rode = has_held(life.well_ms, 2 * READ_MS) &&
	    has_held(life.riding_ms, 2 * READ_MS);
	life.cut.rested =
	    has_held(life.well_ms, MINUTE) && has_held(life.resting_ms, MINUTE);
	life.cut.held_people = has_held(life.well_ms, 2 * READ_MS) &&
	    reads(life.points[OCCUPIED], 1);
}

static void
spoil_sensor(void)
{
	const struct conf_device *d = &life.conf->devices[LIFT];
	size_t p =
	    (size_t)rng_between(&life.rng, 0, (double)d->polled_count - 1e-9);

	life.bad[p] = true;
	life.bad_until_ms[p] = until(0.5, 200);
}

/* Each second. */
static void
happen(void)
{
	for (size_t d = 0; d < DEVICES; d++) {
		if (life.staged[d] != STAGE_NOTHING &&
		    life.now_ms >= life.staged_until_ms[d])
			stage(d, STAGE_NOTHING, 0);
		if (one_in(300))
			life.silent_until_ms[d] = until(1, 120);
	}
	if (life.staged[LIFT] == STAGE_NOTHING && one_in(45))
		stage_lift();
	if (life.staged[METER] == STAGE_NOTHING && one_in(200))
		stage_cut();
	if (one_in(90))
		spoil_sensor();
}

/* ---- it is read ---- */

static struct value
value_as(uint8_t form, const struct value *v)
{
	switch (form) {
	case FORM_BOOL: return (struct value){VALUE_BOOL, .u = v->f != 0};
	case FORM_ENUM: return (struct value){VALUE_ENUM, .i = (int64_t)v->f};
	default: return *v;
	}
}

static struct reading
read_point(size_t device, size_t point)
{
	const struct conf_device *d = &life.conf->devices[device];
	struct reading r = {
	    .point = (uint16_t)point, .quality.code = QUALITY_GOOD};
	struct value v;

	estate_value(life.estate, device, point, &v);
	if (device == LIFT && life.bad[point])
		r.quality.code = QUALITY_BAD_NOT_AVAILABLE;
	else if (v.type == VALUE_F64 && isnan(v.f))
		r.quality.code = QUALITY_BAD_NOT_AVAILABLE;
	else
		r.value = value_as(d->points[point].decode.form, &v);
	return r;
}

static void
write_down(size_t device, const struct reading *r)
{
	const struct deadband_rule *rule =
	    &life.conf->devices[device].points[r->point].rule;
	struct deadband *kept = &life.kept[device][r->point];

	if (r->value.type == VALUE_TEXT ||
	    !deadband_due(rule, kept, r, life.now_ms))
		return;
	deadband_keep(kept, r, life.now_ms);
	journal[life.written++ % JOURNAL] =
	    (struct row){life.now_ms, (uint16_t)device, *r};
}

static void
give(size_t device, struct reading *readings, uint16_t count)
{
	struct batch b = {.at.mono_ms = life.now_ms,
	    .device = (uint16_t)device,
	    .count = count,
	    .readings = readings};

	for (uint16_t i = 0; i < count; i++) {
		life.live[device][readings[i].point] = (struct derive_input){
		    readings[i].value, readings[i].quality, life.now_ms};
		write_down(device, &readings[i]);
	}
	if (count > 0)
		alarms_take(life.alarms, &b);
}

static void
miss(size_t device)
{
	struct reading all[POINTS_MAX];
	uint16_t count = (uint16_t)life.conf->devices[device].polled_count;

	alarms_failed(life.alarms, (uint16_t)device, life.now_ms);
	if (++life.failures[device] != GIVE_UP)
		return;
	alarms_online(life.alarms, (uint16_t)device, false, life.now_ms);
	for (uint16_t i = 0; i < count; i++)
		all[i] = (struct reading){
		    .point = i, .quality.code = QUALITY_BAD_TIMEOUT};
	give(device, all, count);
}

/* What of one space is due; a device that was silent is asked for all. */
static void
answer(size_t device, uint8_t space, int64_t period)
{
	const struct conf_device *d = &life.conf->devices[device];
	bool anew = life.failures[device] >= GIVE_UP || life.unasked[device];
	struct reading some[POINTS_MAX];
	uint16_t count = 0;

	life.failures[device] = 0;
	life.unasked[device] = false;
	alarms_online(life.alarms, (uint16_t)device, true, life.now_ms);
	for (size_t i = 0; i < d->polled_count; i++) {
		int64_t every = d->points[i].rule.every_ms / POLL_MS;

		if ((anew || d->points[i].space == space) &&
		    (anew || every < 1 || period % every == 0))
			some[count++] = read_point(device, i);
	}
	give(device, some, count);
}

static bool
has_space(size_t device, uint8_t space)
{
	const struct conf_device *d = &life.conf->devices[device];

	for (size_t i = 0; i < d->polled_count; i++)
		if (d->points[i].space == space)
			return true;
	return false;
}

static void
read_all(void)
{
	int64_t step = life.now_ms / STEP_MS, steps = POLL_MS / STEP_MS;

	for (size_t d = 0; d < DEVICES; d++) {
		life.silent[d] = life.now_ms < life.silent_until_ms[d] ||
		    estate_is_dark(life.estate, d);
		for (uint8_t s = 0; s < SPACES; s++) {
			if (step % steps != life.phase[d][s] ||
			    !has_space(d, s))
				continue;
			if (life.silent[d])
				miss(d);
			else
				answer(d, s, step / steps);
		}
	}
}

/* ---- it is killed ---- */

static void
recall(struct alarms *a, int64_t until_ms)
{
	size_t at = life.written > JOURNAL ? life.written - JOURNAL : 0;
	struct batch b;
	struct row *row;

	for (; at < life.written; at++) {
		row = &journal[at % JOURNAL];
		b = (struct batch){.at.mono_ms = row->at_ms,
		    .device = row->device,
		    .count = 1,
		    .readings = &row->reading};
		if (row->at_ms <= until_ms)
			alarms_recall(a, &b);
	}
}

static void
restore(void *context, const struct alarms_news *n)
{
	alarms_restore(context,
	    &(struct alarms_past){n->device, n->alarm, n->now, n->cars});
}

/* And is there again at once. */
static void
kill_riser(void)
{
	struct alarms *next = new_alarms(true);

	recall(
	    next, life.now_ms - (int64_t)rng_between(&life.rng, 0, COMMIT_MS));
	alarms_each(life.alarms, restore, next);
	alarms_free(life.alarms);
	life.alarms = next;
	memset(life.live, 0, sizeof(life.live));
	memset(life.kept, 0, sizeof(life.kept));
	for (size_t d = 0; d < DEVICES; d++) {
		life.failures[d] = 0;
		life.unasked[d] = true;
	}
	life.truth.trapped_ms = INT64_MAX; /* delays begin anew */
	life.cut.killed = true;
	life.cut.kill_ms = INT64_MAX;
}

/* ---- what is true ---- */

static void
hold(int64_t *since_ms, bool so)
{
	if (!so)
		*since_ms = INT64_MAX;
	else if (*since_ms == INT64_MAX)
		*since_ms = life.now_ms;
}

/* It stands where nobody can get out; up to what was read last. */
static bool
is_stuck(const struct lift *l)
{
	bool stands = l->heading == 0 && l->mode != LIFT_INSPECTION;
	bool shut = l->door != LIFT_DOOR_OPEN && l->door != LIFT_DOOR_OPENING;
	bool stopped = l->fault != LIFT_FAULT_NONE || l->phase == LIFT_DEAD;

	if (life.points[MODE] < 0 || life.bad[life.points[MODE]])
		stands = l->heading == 0;
	return stands && shut &&
	    (!lift_in_zone(l) || (stopped && l->values[LIFT_LOAD_PCT] > 0));
}

/* What is read speaks not against it. */
static bool
may_be_stuck(void)
{
	bool stands = !reads(life.moving, 1) && !reads(life.points[MODE], 2);
	bool shut = !reads(life.door, 1) && !reads(life.door, 2);
	bool fault = is_good(life.fault) && !reads(life.fault, 0);
	bool person = reads(life.points[OCCUPIED], 1) ||
	    reads(life.points[CALL], 1) ||
	    (is_good(life.points[LOAD]) &&
		value_number(&life.live[LIFT][life.points[LOAD]].value) > 10);
	bool empty = reads(life.points[OCCUPIED], 0) && !person;

	return stands && shut &&
	    ((!reads(life.points[ZONE], 1) && !empty) || (fault && person));
}

/* All that is needed to conclude it is good. */
static bool
is_shown(void)
{
	int16_t mode = life.points[MODE], zone = life.points[ZONE];

	if (!is_good(life.moving) || !is_good(life.door))
		return false;
	if (mode >= 0 && !is_good(mode))
		return false;
	return zone >= 0 ? is_good(zone)
			 : reads(life.fault, LIFT_FAULT_STOP_OUT_ZONE);
}

/* For as long as what is read is of it. */
static bool
is_trapped(const struct lift *l)
{
	return l->heading == 0 && l->people_pct > 0 && !lift_in_zone(l) &&
	    l->mode != LIFT_INSPECTION && is_shown();
}

static bool
in_trouble(void)
{
	for (size_t i = 0; i < life.conf->devices[LIFT].polled_count; i++)
		if (life.bad[i])
			return true;
	return life.silent[LIFT] || life.failures[LIFT] > 0 ||
	    life.staged[METER] != STAGE_NOTHING ||
	    life.truth.stuck_ms != INT64_MAX ||
	    life.truth.shown_ms != INT64_MAX;
}

static void
follow(struct exit *e, bool in_need)
{
	const struct lift *l = &life.twin;

	if (in_need) {
		e->moved = false;
		e->opened_ms = INT64_MAX;
	} else if (l->heading != 0) {
		e->moved = true;
	} else if (e->moved && e->opened_ms == INT64_MAX &&
	    l->door != LIFT_DOOR_CLOSED && lift_in_zone(l)) {
		e->opened_ms = life.now_ms;
	}
}

static bool
is_well(void)
{
	for (size_t i = 0; i < life.conf->devices[LIFT].polled_count; i++)
		if (!is_good((int)i))
			return false;
	return life.failures[LIFT] == 0;
}

static void
look(void)
{
	const struct lift *l = &life.twin;
	struct truth *t = &life.truth;

	hold(&life.riding_ms, l->values[LIFT_MOVING] != 0);
	hold(&life.resting_ms, l->values[LIFT_MOVING] == 0);
	hold(&life.well_ms, is_well());
	/* Stuck by the truth of the last round of readings. */
	if (is_stuck(l) || life.now_ms % READ_MS == 0)
		hold(&t->stuck_ms, is_stuck(l));
	hold(&t->shown_ms, may_be_stuck());
	hold(&t->trapped_ms, is_trapped(l));
	follow(&t->out,
	    has_held(t->trapped_ms, 5 * SECOND + READ_MS) ||
		reads(life.trap, 1));
	follow(&t->seen_out, in_trouble() || l->told);
}

/* ---- what must be told ---- */

static void
judge_trapped(void)
{
	const struct truth *t = &life.truth;
	bool told_now =
	    life.now[SUSPECTED].active || life.now[ENTRAPMENT].active;

	if (t->trapped_ms == INT64_MAX) {
		seen.told_now = false;
		return;
	}
	if (told_now && !seen.told_now && has_held(t->trapped_ms, ON_MS / 2)) {
		seen.told_now = true;
		if (life.now_ms - t->trapped_ms > seen.latest_ms)
			seen.latest_ms = life.now_ms - t->trapped_ms;
	}
	if (!has_held(t->trapped_ms, BOUND_MS) || told_now)
		return;
	describe("people trapped and nobody told");
	must(false, "people are trapped and nobody is told");
}

static void
judge_end(int which)
{
	const struct alarm *a = &life.now[which];
	const struct truth *t = &life.truth;
	bool out = has_held(t->seen_out.opened_ms, ON_MS + 5 * SECOND);

	if (a->state == ALARM_NORMAL || a->ack.by[0] == '\0' || !out ||
	    life.points[ZONE] < 0)
		return;
	describe(watched_keys[which]);
	must(false, "%s goes on though all are out", watched_keys[which]);
}

static void
judge_now(void)
{
	if (reads(life.trap, 1))
		must(life.now[ENTRAPMENT].active, "the bit is not told");
	judge_trapped();
	judge_end(ENTRAPMENT);
	judge_end(SUSPECTED);
}

/* ---- time passes ---- */

static void
live(void)
{
	struct lift_scene sc = {
	    .time_s = life.day_s + (double)life.now_ms / 1000,
	    .supply = life.staged[METER] == STAGE_NOTHING,
	    .stage = life.staged[LIFT]};
	struct value v;

	estate_advance(life.estate, life.now_ms);
	lift_step(&life.twin, &sc);
	estate_value(life.estate, LIFT, (size_t)life.moving, &v);
	must(v.f == life.twin.values[LIFT_MOVING], "the twins have parted");
}

static void
acknowledge(void)
{
	struct order o = {.verb = ORDER_ACK, .by = "Wang"};
	char why[ORDER_WHY_MAX];

	for (int w = 0; w < WATCHED; w++) {
		if (life.now_ms < life.acked_ms[w])
			continue;
		life.acked_ms[w] = INT64_MAX;
		strcpy(o.alarm, watched_keys[w]);
		alarms_order(life.alarms, &o, life.now_ms, why);
	}
}

static void
mend(void)
{
	for (size_t i = 0; i < life.conf->devices[LIFT].polled_count; i++)
		if (life.bad[i] && life.now_ms >= life.bad_until_ms[i])
			life.bad[i] = false;
}

static void
pass(int64_t ms)
{
	for (int64_t end_ms = life.now_ms + ms; life.now_ms < end_ms;) {
		life.now_ms += STEP_MS;
		live();
		if (life.scripted && life.now_ms % SECOND == 0)
			happen();
		mend();
		if (life.staged[METER] == STAGE_NOTHING)
			life.cut.kill_ms = INT64_MAX;
		if (life.now_ms >= life.cut.kill_ms)
			kill_riser();
		read_all();
		look();
		life.next_ms = alarms_tick(life.alarms, life.now_ms);
		acknowledge();
		judge_now();
	}
}

/* ---- tests ---- */

static int
torture(int plain, int long_form)
{
	return getenv("TORTURE") != NULL ? long_form : plain;
}

START_TEST(a_thousand_histories_have_no_false_entrapment_and_none_untold)
{
	int count = torture(HISTORIES, TORTURE_HISTORIES);

	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < count; i++) {
		begin(i % VARIANTS, (uint64_t)i, true);
		pass((int64_t)rng_between(&life.rng, 4, 10) * MINUTE);
		end();
	}
	printf("%d histories: entrapment %d times, suspected %d, ended by "
	       "themselves %d, told after %" PRId64 " ms at most, cuts %d\n",
	    count, seen.raises[ENTRAPMENT], seen.raises[SUSPECTED],
	    seen.releases, seen.latest_ms, seen.raises[POWER_CUT]);
	printf("cars found riding by a cut %d (%d missed), resting %d, with "
	       "people %d; of these after a kill %d\n",
	    seen.found_riding, seen.missed_riding, seen.found_resting,
	    seen.found_people, seen.found_killed);
	ck_assert_int_gt(seen.found_killed, count / 50);
	ck_assert_int_gt(seen.found_riding, count / 50);
	ck_assert_int_le(seen.missed_riding, seen.found_riding / 50);
	ck_assert_int_gt(seen.found_resting, count / 50);
	ck_assert_int_gt(seen.found_people, count / 50);
	ck_assert_int_gt(seen.raises[ENTRAPMENT], count / 10);
	ck_assert_int_gt(seen.raises[SUSPECTED], count / 4);
	ck_assert_int_gt(seen.raises[POWER_CUT], count / 2);
	ck_assert_int_gt(seen.releases, count / 50);
}
END_TEST

START_TEST(ordinary_travel_is_suspected_once_in_a_thousand_days_at_most)
{
	int days = torture(LIFT_DAYS, TORTURE_LIFT_DAYS);

	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < days; i++) {
		/* any sensors, but each says its mode */
		begin((i * 5) % VARIANTS & ~(1 << MODE), (uint64_t)i, false);
		pass(DAY_MS);
		end();
	}
	printf("%d lift-days of ordinary travel: suspected %d times, "
	       "entrapment %d times\n",
	    days, seen.raises[SUSPECTED], seen.raises[ENTRAPMENT]);
	ck_assert_int_le(seen.raises[SUSPECTED], days / 1000);
	ck_assert_int_eq(seen.raises[ENTRAPMENT], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lift_histories");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, open_variants, close_variants);
	tcase_set_timeout(t, getenv("TORTURE") != NULL ? 3600 : 300);
	tcase_add_test(
	    t, a_thousand_histories_have_no_false_entrapment_and_none_untold);
	tcase_add_test(
	    t, ordinary_travel_is_suspected_once_in_a_thousand_days_at_most);
	suite_add_tcase(s, t);
	return suite_run(s);
}
