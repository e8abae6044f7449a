/*
 * test_kind_rules.c - what the kinds of the project derive and watch
 *
 * A kind's formula with a slip in it would not be a mistake but an alarm that
 * is not there, so here each meets a device that has all it may ask for.
 */
#include "gateway/conf/known.h"
#include "gateway/conf/profile.h"
#include "tests/layer_help.h"
#include "tests/suite.h"

/* {n} is 1. */
static const char *
first_part(const char *name)
{
	struct layer_part one = {.var = "n", .number = 1};

	return layer_fill(&walk, &one, name);
}

static bool
has(const struct node *map, const char *name)
{
	for (const struct node *n = map ? map->first : NULL; n; n = n->next)
		if (strcmp(first_part(n->key), name) == 0)
			return true;
	return false;
}

static bool
lists(const struct node *list, const char *name)
{
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (strcmp(first_part(n->text), name) == 0)
			return true;
	return false;
}

/* A device with every word but those that are derived and those in without;
 * riser itself, if alarm is one that only riser has. */
static void
begin_full(
    const char *kind, const struct node *without, const struct node *alarm)
{
	close_walk();
	open_walk();
	begin(kind, "");
	profile.identity.wanted = true;
	layers.riser = alarm && strcmp(alarm->key, "bus-down") == 0;
	device.feeds_lift = !lists(without, "power_cut");
	for (const struct kind *k = layers.kind; k; k = k->base) {
		for (size_t i = 0; i < k->point_count; i++) {
			const char *name = first_part(k->points[i].name);

			if (!has(k->derive, name) && !lists(without, name))
				add_polled(name);
		}
	}
	device.rating_kva = device.rating_in = 1;
	device.rating_ct = device.rating_pt = 1;
	device.floors = 6;
	derived_read(&walk, &layers, &profile, &device, walk.memory);
	rule_read(&walk, &layers, &device);
	assert_nothing_told();
	ck_assert_uint_eq(device.lack_count, 0);
}

START_TEST(a_kind_derives_all_it_can)
{
	const char *kind = profile_kinds[_i];

	begin_full(kind, NULL, NULL);
	for (const struct kind *k = layers.kind; k; k = k->base)
		for (const struct node *n = k->derive ? k->derive->first : NULL;
		     n; n = n->next) {
			const struct conf_point *p = point(first_part(n->key));

			ck_assert_msg(p && p->derive, "%s: %s", kind, n->key);
			ck_assert_msg(p->title.zh && p->title.en,
			    "%s: %s is no word of its kind", kind, n->key);
		}
}
END_TEST

/* Both languages name the same lift by its place, or the same device of another
 * kind by its name: several of them stand in one place. */
static void
assert_texts(const char *kind, const struct alarm_rule *a)
{
	ck_assert_msg(a->text.zh && a->text.en && a->text.zh != a->text.en,
	    "%s: %s", kind, a->name);
	ck_assert_msg(
	    !strstr(a->text.zh, "{place}") == !strstr(a->text.en, "{place}"),
	    "%s: %s", kind, a->name);
	ck_assert_msg(
	    !strstr(a->text.zh, "{name}") == !strstr(a->text.en, "{name}"),
	    "%s: %s", kind, a->name);
	if (strcmp(kind, "gateway") != 0)
		ck_assert_msg(
		    strstr(a->text.zh,
			strcmp(kind, "elevator") == 0 ? "{place}" : "{name}"),
		    "%s: %s", kind, a->name);
}

START_TEST(a_kind_watches_all_it_can)
{
	const char *kind = profile_kinds[_i];
	struct arena *own = arena_new();
	struct diag *diag = diag_new();
	struct walk w = {.diag = diag, .memory = own};
	struct kinds *all = kinds_open(&w);

	for (const struct kind *k = kinds_take(all, kind); k; k = k->base)
		for (const struct node *n = k->alarms ? k->alarms->first : NULL;
		     n; n = n->next) {
			const struct alarm_rule *a;

			begin_full(kind, node_get(n, "without"), n);
			a = alarm_of(first_part(n->key));
			ck_assert_msg(a != NULL, "%s: %s", kind, n->key);
			assert_texts(kind, a);
		}
	ck_assert_uint_eq(diag_count(diag), 0);
	kinds_close(all);
	diag_free(diag);
	arena_free(own);
}
END_TEST

#define FAULT_POINTS "fault_code fault_raw fault_severity"

/* What an alarm makes of a state of the device, told as name=number ...; of ""
 * that it is not there. */
static const struct {
	const char *kind, *points, *alarm, *state;
	bool raised;
} states[] = {
    {"elevator", "fault_code", "entrapment", "car_trapped=1", true},
    {"elevator", "entrapment", "entrapment", "car_trapped=0", false},
    {"elevator", "moving door floor", "entrapment", "", false},
    {"elevator", "door_zone", "entrapment_suspected", "car_suspect=1", true},
    {"elevator", "moving door", "entrapment_suspected", "", false},
    {"elevator", "fault_code overspeed", "overspeed_code", "fault_code=104",
	true},
    {"elevator", "fault_code overtravel_top", "overtravel_code",
	"fault_code=102", true},
    {"elevator", "safety_chain service_mode", "safety_chain", "service_mode=2",
	false},
    {"elevator", "safety_chain", "safety_chain_no_mode", "safety_chain=0",
	true},
    {"elevator", "door fault_code", "door_fault", "door=8", true},
    {"elevator", "door fault_code", "fault", "fault_code=2", true},
    {"elevator", "fault_code", "fault", "fault_code=99", true},
    {"elevator", "fault_code", "fault", "fault_code=0", false},
    /* These have alarms of their own. */
    {"elevator", "fault_code", "fault", "fault_code=5", false},
    {"elevator", "fault_code", "fault", "fault_code=41", false},
    {"elevator", "fault_code", "fault", "fault_code=101", false},
    {"elevator", "fault_code", "fault", "fault_code=104", false},
    /* The row of a table says how serious it is. */
    {"elevator", FAULT_POINTS, "fault", "", false},
    {"elevator", "fault_code", "fault_p1", "", false},
    {"elevator", FAULT_POINTS, "fault_p1", "fault_severity=1 fault_code=2",
	true},
    {"elevator", FAULT_POINTS, "fault_p2", "fault_severity=1 fault_code=2",
	false},
    {"elevator", FAULT_POINTS, "fault_p2", "fault_severity=2 fault_code=2",
	true},
    {"elevator", FAULT_POINTS, "fault_p2", "fault_severity=99 fault_code=99",
	true},
    {"elevator", FAULT_POINTS, "fault_p2", "fault_severity=0 fault_code=0",
	false},
    {"elevator", FAULT_POINTS, "fault_p2", "fault_severity=4 fault_code=8",
	false},
    {"elevator", FAULT_POINTS, "fault_p3", "fault_severity=3 fault_code=8",
	true},
    {"elevator", FAULT_POINTS, "fault_p4", "fault_severity=4 fault_code=8",
	true},
    {"elevator", FAULT_POINTS, "fault_p1", "fault_severity=1 fault_code=5",
	false},
    {"water", FAULT_POINTS, "fault_p3", "fault_severity=3 fault_code=7", true},
    {"water", FAULT_POINTS, "fault_p2", "fault_severity=99 fault_code=99",
	true},
    {"water", FAULT_POINTS, "fault_p2", "fault_severity=3 fault_code=7", false},
    {"water", FAULT_POINTS " pump_fault", "pump_fault", "", false},
    {"elevator", "moving door door_zone service_mode", "ucm",
	"moving=1 door=2 service_mode=1", true},
    {"elevator", "moving door door_zone service_mode", "ucm",
	"moving=1 door=2 service_mode=1 door_zone=1", false},
    {"elevator", "supply", "power_lost_occupied",
	"car_unpowered=1 car_at_risk=1", true},
    {"elevator", "supply", "power_lost", "car_unpowered=1 car_at_risk=1",
	false},
    {"elevator", "supply", "power_lost", "car_unpowered=1", true},
    {"elevator", "fault_code", "power_lost", "car_unpowered=0", false},
    {"elevator", "moving door", "power_lost", "", false},
    {"transformer", "apparent_power", "heavy", "load=80", true},
    {"transformer", "apparent_power", "heavy", "load=79.9", false},
    {"transformer", "apparent_power", "over", "load=100", false},
    {"transformer", "apparent_power", "over", "load=100.1", true},
    {"transformer", "apparent_power current_l1 current_l2 current_l3",
	"unbalance", "unbalance=16 load=19", false},
    {"transformer", "apparent_power current_l1 current_l2 current_l3",
	"unbalance", "unbalance=16 load=20", true},
    {"transformer", "voltage_l1n", "voltage_low_l1", "voltage_l1n=197.9", true},
    {"transformer", "voltage_l1n", "voltage_low_l1", "voltage_l1n=100", false},
    {"transformer", "voltage_l1n", "voltage_high_l1", "voltage_l1n=236", true},
    {"transformer", "voltage_l1n", "voltage_high_l1", "voltage_l1n=5800",
	false},
    {"transformer", "voltage_l1n", "supply_lost", "phase_lost=1", true},
    {"feeder", "voltage_l23", "supply_lost", "phase_lost=0", false},
    {"transformer", "winding_temp_a", "supply_lost", "", false},
    {"transformer", "voltage_l1n", "power_cut", "", false}, /* of no lift */
    {"transformer", "apparent_power power_factor", "power_factor",
	"power_factor=-0.85 load=50", true},
    {"water", "pump2_state", "pump2_fault_state", "pump2_state=3", true},
    {"water", "pump2_state", "pump2_fault_state", "pump2_state=1", false},
    {"water", "level_pct level_high", "tank_high_switch",
	"level_pct=50 level_high=1", true},
    {"water", "level_pct level_low", "tank_low_switch",
	"level_pct=50 level_low=1", true},
    {"water", "pressure", "high_pressure", "", false}, /* no floors */
    {"sewage", "level_pct level_high", "well_high_pct", "level_pct=91", true},
    {"gas", "lel", "leak", "lel=100.5", true},
    {"heat", "shed_temp", "shed_hot", "shed_temp=65", true},
    {"heat", "shed_temp", "shed_very_hot", "shed_temp=80", true},
    {"heat", "shed_temp shed_temp1", "shed_hot", "", false},
    {"charger", "shed_temp", "shed_very_hot", "shed_temp=79", false},
    {"barrier", "position", "stuck", "position=3", true},
    {"gateway", "uplink", "uplink", "uplink=0", true},
    {"gateway", "store_ok", "store", "store_ok=0", true},
    {"gateway", "store_ok", "store", "store_ok=1", false},
    {"gateway", "history_ok", "history", "history_ok=0", true},
    {"gateway", "history_ok", "history", "history_ok=1", false},
    {"gateway", "history_aside", "history_aside", "history_aside=1", true},
    {"gateway", "history_aside", "history_aside", "history_aside=0", false},
    {"gateway", "history_missed", "history_missed", "history_missed=7", true},
    {"gateway", "history_missed", "history_missed", "history_missed=0", false},
    {"gateway", "notify_ok", "notify", "notify_ok=0", true},
    {"gateway", "notify_ok", "notify", "notify_ok=1", false},
    {"gateway", "notify_failing", "notify_channel", "notify_failing=2", true},
    {"gateway", "notify_failing", "notify_channel", "notify_failing=0", false},
    {"gateway", "", "bus-down", "", false},
    {"elevator", "", "comm_loss", "online=0", true},
    {"elevator", "", "comm_loss", "online=1", false},
    {"feeder", "", "comm_loss", "online=0", true},
    {"water", "", "identity", "identified=0", true},
    {"water", "", "identity", "identified=1", false},
    {"water", "fault_code fault_raw", "fault_code", "fault_code=3", true},
    {"water", "fault_code fault_raw", "fault_code", "fault_code=0", false},
    {"water", "fault_code pump_fault", "fault_code", "", false},
    {"lamp", "on illuminance", "day_lit", "on=1 illuminance=1001", true},
    {"lamp", "on illuminance", "day_lit", "on=0 illuminance=1001", false},
    {"lamp", "circuit2_on illuminance", "circuit2_day_lit",
	"circuit2_on=1 illuminance=20", false},
};

/* The number behind "name=", 0 if it is not told. */
static double
told_number(const char *state, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = state; (p = strstr(p, name)) != NULL; p += len)
		if ((p == state || p[-1] == ' ') && p[len] == '=')
			return atof(p + len + 1);
	return 0;
}

static const char *
input_name(uint16_t asked)
{
	for (size_t i = 0; known_at(i); i++)
		if (known_at(i)->point == asked)
			return known_at(i)->name;
	return device.points[asked].name;
}

static bool
result(const struct expr *e, const char *state, double *out)
{
	double values[EXPR_INPUTS_MAX];
	const struct expr_input *inputs;
	size_t count;

	inputs = expr_inputs(e, &count);
	for (size_t i = 0; i < count; i++)
		values[i] = told_number(state, input_name(inputs[i].point));
	return expr_eval(e, values, out);
}

static bool
raised(const struct alarm_rule *a, const char *state)
{
	double out = 0;

	ck_assert_msg(result(a->when, state, &out), "%s: %s", a->name, state);
	return out != 0;
}

static void
begin_rated(const char *kind, const char *points)
{
	begin(kind, points);
	profile.identity.wanted = true;
	device.rating_kva = device.rating_in = 1;
	derived_read(&walk, &layers, &profile, &device, walk.memory);
	rule_read(&walk, &layers, &device);
	assert_nothing_told();
}

START_TEST(an_alarm_knows_the_states_it_is_for)
{
	const struct alarm_rule *a;

	begin_rated(states[_i].kind, states[_i].points);
	if ((a = alarm_of(states[_i].alarm)) == NULL) {
		ck_assert_msg(
		    *states[_i].state == '\0', "no %s", states[_i].alarm);
		return;
	}
	ck_assert_msg(*states[_i].state, "%s is there", a->name);
	ck_assert_int_eq(raised(a, states[_i].state), states[_i].raised);
}
END_TEST

/* What a kind derives of a state. */
static const struct {
	const char *kind, *points, *point, *state;
	double value;
} computed[] = {
    {"transformer", "current_l1 current_l2 current_l3", "unbalance",
	"current_l1=100 current_l2=90 current_l3=80", 20},
    {"transformer", "current_l1 current_l2 current_l3", "unbalance",
	"current_l1=0", 0}, /* no load */
    {"transformer", "current_l1 current_l2 current_l3", "unbalance",
	"current_l2=0.02", 100},
    {"transformer", "active_power reactive_power", "apparent_power",
	"active_power=3 reactive_power=-4", 5},
#define MODES "service_mode fault_code"
    {"elevator", MODES, "in_service", "service_mode=1", 1},
    {"elevator", MODES, "in_service", "service_mode=1 fault_code=8", 0},
    {"elevator", MODES, "in_service", "service_mode=2", 0},
    {"elevator", MODES, "in_service", "service_mode=7", 0},
    {"elevator", MODES " supply", "in_service", "service_mode=1 supply=1", 1},
    {"elevator", MODES " supply", "in_service", "service_mode=1 supply=0", 0},
    /* A fault for today or for the next visit stops no lift. */
    {"elevator", MODES " fault_severity", "in_service",
	"service_mode=1 fault_code=99 fault_severity=4", 1},
    {"elevator", MODES " fault_severity supply", "in_service",
	"service_mode=1 fault_code=99 fault_severity=3 supply=1", 1},
    {"elevator", MODES " fault_severity supply", "in_service",
	"service_mode=1 fault_severity=3 supply=0", 0},
    {"elevator", MODES " fault_severity supply", "in_service",
	"service_mode=1 fault_code=99 fault_severity=99 supply=1", 0},
};

START_TEST(a_kind_computes)
{
	const struct conf_point *p;
	double out;

	begin_rated(computed[_i].kind, computed[_i].points);
	p = point(computed[_i].point);
	ck_assert(p && p->derive);
	ck_assert(result(p->derive->expr, computed[_i].state, &out));
	ck_assert_double_eq(out, computed[_i].value);
}
END_TEST

/* Alarms that hold though another sensor of the three is torn: they do not ask
 * for it. */
static const struct {
	const char *points, *alarm, *state, *torn;
} seeing[] = {
#define WINDINGS "winding_temp_a winding_temp_b winding_temp_c fan"
    {WINDINGS, "winding_hot_a", "winding_temp_a=130", "winding_temp_b"},
    {WINDINGS, "winding_hot_c", "winding_temp_c=130", "winding_temp_b"},
    {WINDINGS, "winding_very_hot_a", "winding_temp_a=145", "winding_temp_b"},
    {WINDINGS, "winding_very_hot_b", "winding_temp_b=145", "winding_temp_c"},
    {WINDINGS, "winding_very_hot_c", "winding_temp_c=145", "winding_temp_a"},
    {WINDINGS, "fan_off_a", "winding_temp_a=100", "winding_temp_b"},
    {WINDINGS, "fan_off_c", "winding_temp_c=100", "winding_temp_b"},
#define VOLTAGES "voltage_l1n voltage_l2n voltage_l3n"
    {VOLTAGES, "voltage_very_low_l1", "voltage_l1n=186", "voltage_l3n"},
    {"thd_u_l1 thd_u_l2 thd_u_l3", "thd_l2", "thd_u_l2=5.1", "thd_u_l3"},
};

static void
assert_asks_not(const struct expr *e, const char *name)
{
	size_t count;
	const struct expr_input *inputs = expr_inputs(e, &count);

	for (size_t i = 0; i < count; i++)
		ck_assert_str_ne(input_name(inputs[i].point), name);
}

START_TEST(a_torn_sensor_does_not_blind_the_others)
{
	const struct alarm_rule *a;

	begin_rated("transformer", seeing[_i].points);
	a = alarm_of(seeing[_i].alarm);
	ck_assert_ptr_nonnull(a);
	ck_assert(raised(a, seeing[_i].state));
	assert_asks_not(a->when, seeing[_i].torn);
	if (a->clear)
		assert_asks_not(a->clear, seeing[_i].torn);
}
END_TEST

#define RUNS "online=1 identified=1 supply=1 safety_chain=1 service_mode=1 "

/* A lift's ordinary day, phase by phase. */
static const char *const trip[] = {
    RUNS "door_zone=1", /* waits, its door shut */
    RUNS "door_zone=1 occupied=9", /* and cannot know that it is empty */
    RUNS "door_zone=1 door=1",
    RUNS "door_zone=1 door=2 occupied=1 load_pct=24",
    RUNS "door_zone=1 door=3 occupied=1 load_pct=24 car_call=1",
    RUNS "door_zone=1 occupied=1 load_pct=24 car_call=1 direction=1",
    RUNS "door_zone=1 moving=1 occupied=1 load_pct=24 car_call=1 direction=1",
    RUNS "moving=1 occupied=1 load_pct=24 car_call=1 direction=1 speed=1",
    RUNS "moving=1 occupied=9 load_pct=24 car_call=1 direction=1 speed=1",
    /* It levels, and its door is already on its way. */
    RUNS "door_zone=1 moving=1 door=1 occupied=1 load_pct=24 speed=0.05",
    RUNS "door_zone=1 door=2 occupied=1 load_pct=24",
};

START_TEST(no_rule_holds_in_a_lifts_normal_trip)
{
	struct kinds *all;
	struct arena *own = arena_new();
	struct diag *diag = diag_new();
	struct walk w = {.diag = diag, .memory = own};
	const struct kind *k;
	size_t seen = 0;

	all = kinds_open(&w);
	k = kinds_take(all, "elevator");
	for (const struct node *n = k->alarms->first; n; n = n->next) {
		const struct alarm_rule *a;

		begin_full("elevator", node_get(n, "without"), n);
		a = alarm_of(n->key);
		ck_assert_ptr_nonnull(a);
		ck_assert_msg(!raised(a, trip[_i]), "%s: %s", n->key, trip[_i]);
		seen++;
	}
	ck_assert_uint_gt(seen, 20);
	kinds_close(all);
	diag_free(diag);
	arena_free(own);
}
END_TEST

/* ---- in inspection, and on the shelf ---- */

/* What a mechanic's inspection hides: faults of the lift, of which none has
 * anybody in it. */
static const char *const hidden_in_inspection[] = {
    "power_lost", "door_fault", "fault", "fault_p2", "fault_p3", "fault_p4"};

static bool
is_hidden_in_inspection(const char *name)
{
	for (int i = 0; i < ROWS(hidden_in_inspection); i++)
		if (strcmp(hidden_in_inspection[i], name) == 0)
			return true;
	return false;
}

/* A code that a bit of the same lift says too. */
static bool
is_told_by_a_bit(const char *name)
{
	return strcmp(name, "overtravel_code") == 0 ||
	    strcmp(name, "overspeed_code") == 0;
}

/* A lift that has alarm n, and service_mode if it may. */
static const struct alarm_rule *
lift_alarm(const struct node *n)
{
	const struct alarm_rule *a;

	begin_full("elevator", node_get(n, "without"), n);
	a = alarm_of(n->key);
	ck_assert_msg(a != NULL, "%s", n->key);
	return a;
}

static void
judge_inspection(const struct node *n)
{
	const struct alarm_rule *a = lift_alarm(n);
	double out;

	if (strcmp(a->name, "entrapment_suspected") == 0)
		return; /* what hides it is judged below */
	if (is_told_by_a_bit(a->name))
		return;
	ck_assert_msg(
	    !a->suppress == !is_hidden_in_inspection(a->name), "%s", a->name);
	if (a->suppress == NULL)
		return;
	ck_assert_uint_ge(a->severity, SEVERITY_P2);
	ck_assert(result(a->suppress, "service_mode=2", &out) && out == 1);
	ck_assert(result(a->suppress, "service_mode=1", &out) && out == 0);
	ck_assert(result(a->suppress, "service_mode=7", &out) && out == 0);
}

static void
judge_shelf(const struct node *n)
{
	const struct alarm_rule *a = lift_alarm(n);
	bool never = strncmp(a->name, "entrapment", 10) == 0 ||
	    strcmp(a->name, "alarm_button") == 0;

	ck_assert_msg((a->shelve_max_ms == 0) == never, "%s", a->name);
}

static void
each_of_a_lift(void (*judge)(const struct node *n))
{
	struct arena *own = arena_new();
	struct diag *diag = diag_new();
	struct walk w = {.diag = diag, .memory = own};
	struct kinds *all = kinds_open(&w);
	const struct kind *k = kinds_take(all, "elevator");

	ck_assert_uint_gt(k->alarms->count, 20);
	for (const struct node *n = k->alarms->first; n; n = n->next)
		judge(n);
	kinds_close(all);
	diag_free(diag);
	arena_free(own);
}

START_TEST(a_lift_in_inspection_hides_its_faults_and_no_call_for_help)
{
	each_of_a_lift(judge_inspection);
}
END_TEST

/* A suspicion is not told beside the controller's word, and by nothing else is
 * it hidden. */
START_TEST(a_suspected_entrapment_is_hidden_by_a_known_one)
{
	const struct alarm_rule *a;
	double out;

	begin_rated("elevator", "door_zone entrapment service_mode");
	a = alarm_of("entrapment_suspected");
	ck_assert_ptr_nonnull(a->suppress);
	ck_assert(result(a->suppress, "car_trapped=1", &out) && out == 1);
	ck_assert(result(a->suppress, "service_mode=2", &out) && out == 0);
}
END_TEST

START_TEST(a_lift_whose_controller_says_nothing_hides_no_suspicion)
{
	begin_rated("elevator", "door_zone");
	ck_assert_ptr_null(alarm_of("entrapment_suspected")->suppress);
}
END_TEST

/* ---- who needs power ---- */

/* Alarms that a power cut must not hide: calls for help, what is dangerous
 * without power too, what is measured and not switched. */
static const struct {
	const char *kind, *alarm;
} told_in_a_cut[] = {
    {"elevator", "alarm_button"},
    {"elevator", "entrapment"},
    {"elevator", "entrapment_suspected"},
    {"elevator", "ucm"},
    {"elevator", "fault_p1"},
    {"transformer", "trip"},
    {"transformer", "over"},
    {"water", "leak"},
    {"water", "freeze"},
    {"water", "tank_high"},
    {"charger", "smoke"},
    {"charger", "shed_hot"},
    {"sewage", "well_high"},
    {"gas", "leak"},
    {"gas", "comm_loss"},
    {"access", "forced"},
};

static const struct {
	const char *kind, *alarm;
} hidden_in_a_cut[] = {
    {"elevator", "comm_loss"},
    {"elevator", "power_lost"},
    {"elevator", "power_lost_occupied"},
    {"elevator", "safety_chain"},
    {"elevator", "fault_p2"},
    {"transformer", "comm_loss"},
    {"feeder", "power_cut"},
    {"water", "pump1_fault"},
    {"water", "no_water"},
    {"water", "burst"},
    {"lamp", "circuit1_fault"},
    {"charger", "socket1_fault"},
    {"sewage", "pump_fault"},
    {"heat", "pump_fault"},
    {"barrier", "stuck"},
    {"solar_lamp", "comm_loss"},
};

static const struct alarm_rule *
alarm_of_fed(const char *kind, const char *alarm)
{
	static const struct conf_device tx = {.id = "tx-1"};
	const struct alarm_rule *a;

	begin_full(kind, NULL, NULL);
	device.fed_by = "tx-1";
	device.feeder = &tx;
	device.alarm_count = 0;
	rule_read(&walk, &layers, &device);
	assert_nothing_told();
	a = alarm_of(alarm);
	ck_assert_msg(a != NULL, "%s: %s", kind, alarm);
	return a;
}

START_TEST(a_power_cut_hides_what_it_causes)
{
	ck_assert(
	    alarm_of_fed(hidden_in_a_cut[_i].kind, hidden_in_a_cut[_i].alarm)
		->needs_power);
}
END_TEST

START_TEST(a_power_cut_hides_no_danger)
{
	ck_assert(!alarm_of_fed(told_in_a_cut[_i].kind, told_in_a_cut[_i].alarm)
		       ->needs_power);
}
END_TEST

START_TEST(a_power_cut_of_lifts_lasts_until_each_was_looked_after)
{
	const struct alarm_rule *a;

	begin_full("feeder", NULL, NULL);
	a = alarm_of("power_cut");
	ck_assert(a->latch && a->release);
	ck_assert_uint_eq(a->severity, SEVERITY_P1);
	ck_assert_int_eq(a->shelve_max_ms, 0);
	ck_assert_int_le(a->on_ms, 10000);
	ck_assert_ptr_null(alarm_of("supply_lost"));
	ck_assert_uint_eq(alarm_of("cars_late")->severity, SEVERITY_P2);
}
END_TEST

START_TEST(an_entrapment_or_a_call_for_help_is_never_shelved)
{
	each_of_a_lift(judge_shelf);
}
END_TEST

START_TEST(a_device_that_is_silent_is_urgent_only_if_it_guards_people)
{
	const char *kind = profile_kinds[_i];
	const struct alarm_rule *a;

	begin_rated(kind, "");
	a = alarm_of("comm_loss");
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->severity,
	    strcmp(kind, "elevator") == 0 || strcmp(kind, "gas") == 0
		? SEVERITY_P2
		: SEVERITY_P3);
	ck_assert_int_eq(a->off_ms, 10000);
	ck_assert_ptr_null(a->suppress);
	ck_assert_uint_eq(alarm_of("identity")->severity, SEVERITY_P2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("kind_rules");
	TCase *t = tcase_create("all");
	int kind_count = 0;

	while (profile_kinds[kind_count])
		kind_count++;
	tcase_add_checked_fixture(t, open_walk, close_walk);
	tcase_add_loop_test(t, a_kind_derives_all_it_can, 0, kind_count);
	tcase_add_loop_test(t, a_kind_watches_all_it_can, 0, kind_count);
	tcase_add_loop_test(
	    t, an_alarm_knows_the_states_it_is_for, 0, ROWS(states));
	tcase_add_loop_test(t, a_kind_computes, 0, ROWS(computed));
	tcase_add_loop_test(
	    t, a_torn_sensor_does_not_blind_the_others, 0, ROWS(seeing));
	tcase_add_loop_test(
	    t, no_rule_holds_in_a_lifts_normal_trip, 0, ROWS(trip));
	tcase_add_test(
	    t, a_lift_in_inspection_hides_its_faults_and_no_call_for_help);
	tcase_add_test(t, a_suspected_entrapment_is_hidden_by_a_known_one);
	tcase_add_test(
	    t, a_lift_whose_controller_says_nothing_hides_no_suspicion);
	tcase_add_loop_test(
	    t, a_power_cut_hides_what_it_causes, 0, ROWS(hidden_in_a_cut));
	tcase_add_loop_test(
	    t, a_power_cut_hides_no_danger, 0, ROWS(told_in_a_cut));
	tcase_add_test(
	    t, a_power_cut_of_lifts_lasts_until_each_was_looked_after);
	tcase_add_test(t, an_entrapment_or_a_call_for_help_is_never_shelved);
	tcase_add_loop_test(t,
	    a_device_that_is_silent_is_urgent_only_if_it_guards_people, 0,
	    kind_count);
	suite_add_tcase(s, t);
	return suite_run(s);
}
