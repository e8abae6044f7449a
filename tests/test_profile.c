/* test_profile.c - good profiles: exact scales, what is read together, parts,
 * the vocabulary, and what a device lays over them */
#include "gateway/poll/plan.h"
#include "tests/conf_help.h"
#include "tests/suite.h"

#define TOP "profile: p\nkind: water\n"
#define DEVICE DEVICES "  - {id: a, profile: p, bus: net, unit: 1, "
#define RATED DEVICE "rating: {ct: 30, pt: 100}"

static const struct conf_point *
point(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->devices[0].point_count; i++)
		if (strcmp(c->devices[0].points[i].name, name) == 0)
			return &c->devices[0].points[i];
	ck_abort_msg("no point %s", name);
	return NULL;
}

#define assert_decimal(x, m, p)                                                \
	do {                                                                   \
		ck_assert_int_eq((x).mantissa, (m));                           \
		ck_assert_uint_eq((x).places, (p));                            \
	} while (0)

/* ---- numbers ---- */

START_TEST(ratings_are_multiplied_into_the_scale_exactly)
{
	struct conf *c = read_with(TOP
	    "points:\n"
	    "  a: {at: \"holding:0\", scale: 0.01, scale_by: [rating.ct]}\n"
	    "  b: {at: \"holding:1\", scale: 0.001, offset: -4, scale_by: "
	    "[rating.ct, rating.pt]}\n"
	    "  c: {at: \"holding:2\"}\n",
	    DEVICE "rating: {ct: 0.3, pt: 100}}\n"
		   "  - {id: b, profile: p, bus: net, unit: 2, rating: {ct: "
		   "7, pt: 1}}\n");

	assert_decimal(point(c, "a")->decode.scale, 3, 3);
	assert_decimal(point(c, "b")->decode.scale, 3, 2);
	assert_decimal(point(c, "b")->decode.offset, -4, 0);
	assert_decimal(point(c, "c")->decode.scale, 1, 0);
	assert_decimal(c->devices[1].points[0].decode.scale, 7, 2);
	assert_decimal(c->devices[0].profile->points[0].decode.scale, 1, 2);
	conf_free(c);
}
END_TEST

#define TRANSMITTER                                                            \
	TOP "points:\n  pressure:\n    at: \"holding:4\"\n    type: i16\n"     \
	    "    offset: 2\n    scale_pow10: \"holding:3\"\n"                  \
	    "    unit_from: {at: \"holding:2\", map: {0: MPa, 1: kPa, 7: "     \
	    "mH2O}}\n"

START_TEST(each_unit_has_a_scale_and_an_offset_of_its_own)
{
	struct conf *c = read_with(TRANSMITTER, DEVICE "}\n");
	const struct decode *d = &point(c, "pressure")->decode;

	ck_assert_uint_eq(d->unit_count, 3);
	ck_assert_int_eq(d->units[2].raw, 7);
	assert_decimal(d->units[0].scale, 1, 0);
	assert_decimal(d->units[0].offset, 2, 0);
	assert_decimal(d->units[1].scale, 1, 3);
	assert_decimal(d->units[1].offset, 2, 3);
	assert_decimal(d->units[2].scale, 980665, 8);
	assert_decimal(d->units[2].offset, 196133, 7);
	conf_free(c);
}
END_TEST

START_TEST(a_value_is_read_with_its_unit_and_decimals)
{
	struct conf *c = read_with(TRANSMITTER, DEVICE "}\n");
	const struct conf_point *p = point(c, "pressure");
	uint16_t words[] = {1, 2, 4500}; /* kPa, 2 decimals: 45 + 2 kPa */
	struct plan *plan = conf_plan(c, 0);
	struct value v;

	ck_assert_uint_eq(p->first, 2);
	ck_assert_uint_eq(p->span, 3);
	ck_assert_int_eq(p->decode.pow10_at, -1);
	ck_assert_int_eq(p->decode.unit_at, -2);
	ck_assert_uint_eq(plan->request_count, 1);
	ck_assert_uint_eq(plan->requests[0].ask.address, 2);
	ck_assert_uint_eq(plan->requests[0].ask.count, 3);
	ck_assert_uint_eq(plan->parts[0].at, 2);
	ck_assert_int_eq(
	    decode_value(&p->decode, words, 2, &v).code, QUALITY_GOOD);
	ck_assert_msg(v.f == 0.047, "%.17g", v.f);
	plan_free(plan);
	conf_free(c);
}
END_TEST

START_TEST(a_hole_is_only_in_the_way_of_what_nobody_wants)
{
	struct conf *c = read_with(TOP
	    "modbus: {holes: [[2, 4]]}\npoints:\n"
	    "  a: {at: \"holding:4\", scale_pow10: \"holding:3\", unit: MPa, "
	    "unit_from: {at: \"holding:2\", map: {0: bar}}}\n",
	    DEVICE "}\n");

	ck_assert_uint_eq(point(c, "a")->span, 3);
	conf_free(c);
}
END_TEST

/* ---- raw values that mean there is none ---- */

static const struct {
	const char *keys;
	uint8_t test;
	int64_t whole;
	double number;
	uint64_t pattern;
} absents[] = {
    {"not_available: -32768", ABSENT_EQUAL, -32768, 0, 0},
    {"not_available: 0x8000", ABSENT_PATTERN, 0, 0, 0x8000},
    {"not_available: \">240\"", ABSENT_ABOVE, 240, 0, 0},
    {"not_available: [\"<-5\"]", ABSENT_BELOW, -5, 0, 0},
    {"type: f32, not_available: NaN", ABSENT_NAN, 0, 0, 0},
    {"type: f32, not_available: 0.1", ABSENT_EQUAL, 0, (double)0.1F, 0},
    {"type: f64, not_available: \">0.1\"", ABSENT_ABOVE, 0, 0.1, 0},
    {"type: f32, not_available: 0x7FC00000", ABSENT_PATTERN, 0, 0, 0x7fc00000},
    {"type: u64, not_available: 0xffffffffffffffff", ABSENT_PATTERN, 0, 0,
	UINT64_MAX},
    {"type: i64, not_available: -9223372036854775807", ABSENT_EQUAL, -INT64_MAX,
	0, 0},
    {"type: bcd32, not_available: 99999999", ABSENT_EQUAL, 99999999, 0, 0},
    {"type: u16, bits: [4, 7], not_available: 15", ABSENT_EQUAL, 15, 0, 0},
    {"type: u16, bits: [4, 7], not_available: 0xf", ABSENT_PATTERN, 0, 0, 15},
    {"type: u16, bits: [4, 7], not_available: 0x10", ABSENT_PATTERN_WHOLE, 0, 0,
	16},
    {"type: u16, bits: [1, 15], not_available: 0xFFFF", ABSENT_PATTERN_WHOLE, 0,
	0, 0xffff},
    {"type: u16, bits: [0, 15], not_available: 0xFFFF", ABSENT_PATTERN, 0, 0,
	0xffff},
};

START_TEST(a_value_that_means_there_is_none_is_kept_as_written)
{
	const struct decode_absent *a;
	char text[256];
	struct conf *c;

	snprintf(text, sizeof(text),
	    TOP "points:\n  a: {at: \"holding:0\", type: i16, %s}\n",
	    absents[_i].keys);
	if (strstr(absents[_i].keys, "type"))
		snprintf(text, sizeof(text),
		    TOP "points:\n  a: {at: \"holding:0\", %s}\n",
		    absents[_i].keys);
	c = read_with(text, DEVICE "}\n");
	ck_assert_uint_eq(point(c, "a")->decode.absent_count, 1);
	a = point(c, "a")->decode.absent;
	ck_assert_uint_eq(a->test, absents[_i].test);
	ck_assert_int_eq(a->whole, absents[_i].whole);
	ck_assert(a->number == absents[_i].number);
	ck_assert_uint_eq(a->pattern, absents[_i].pattern);
	conf_free(c);
}
END_TEST

/* ---- the vocabulary ---- */

START_TEST(a_word_s_unit_role_and_title_need_not_be_written)
{
	struct conf *c =
	    read_with(TOP "points:\n  volume: {at: \"holding:0\", type: u32}\n"
			  "  pump12_hours: {at: \"holding:2\"}\n"
			  "  mine: {at: \"holding:3\"}\n",
		DEVICE "}\n");

	ck_assert_str_eq(point(c, "volume")->unit, "m3");
	ck_assert_str_eq(point(c, "volume")->role, "counter");
	ck_assert_str_eq(point(c, "volume")->title.en, "Volume");
	ck_assert_str_eq(
	    point(c, "pump12_hours")->title.en, "Pump 12 running time");
	ck_assert_str_eq(point(c, "mine")->unit, "");
	ck_assert_ptr_null(point(c, "mine")->title.en);
	conf_free(c);
}
END_TEST

START_TEST(a_register_is_true_or_false_where_the_vocabulary_says_so)
{
	struct conf *c = read_with(
	    TOP "points:\n  leak: {at: \"holding:0\"}\n", DEVICE "}\n");
	uint16_t words[] = {0, 1, 2};
	const struct decode *d = &point(c, "leak")->decode;
	struct value v;

	ck_assert_uint_eq(d->form, FORM_BOOL);
	decode_value(d, words, 1, &v);
	ck_assert_uint_eq(v.type, VALUE_BOOL);
	ck_assert_uint_eq(v.u, 1);
	ck_assert_uint_eq(
	    decode_value(d, words, 2, &v).code, QUALITY_BAD_DECODE);
	conf_free(c);
}
END_TEST

/* The value of the raw number, or -1 if it is bad. */
static int64_t
decoded(const struct conf_point *p, uint16_t raw)
{
	struct value v;

	return decode_value(&p->decode, &raw, 0, &v).code == QUALITY_GOOD ? v.i
									  : -1;
}

/* A value of the vocabulary and a bit of nobody's, in profile and device. */
START_TEST(a_contact_that_rests_closed_is_inverted)
{
	struct conf *c = read_with(TOP
	    "points:\n"
	    "  leak: {at: \"holding:0\", invert: true}\n"
	    "  low: {at: \"holding:1\", bits: [4, 4]}\n"
	    "  high: {at: \"holding:2\", bits: [4, 4], invert: true, "
	    "not_available: 0xFFFF}\n",
	    DEVICE "points: {low: {invert: true}, own: {at: \"coil:7\", "
		   "invert: true}}}\n");

	ck_assert_int_eq(decoded(point(c, "leak"), 0), 1);
	ck_assert_int_eq(decoded(point(c, "leak"), 1), 0);
	ck_assert_int_eq(decoded(point(c, "leak"), 2), -1);
	ck_assert_int_eq(decoded(point(c, "low"), 0x0010), 0);
	ck_assert_int_eq(decoded(point(c, "low"), 0xffef), 1);
	ck_assert_int_eq(decoded(point(c, "high"), 0x0010), 0);
	ck_assert_int_eq(decoded(point(c, "high"), 0), 1);
	ck_assert_int_eq(decoded(point(c, "high"), 0xffff), -1);
	ck_assert_int_eq(decoded(point(c, "own"), 0), 1);
	conf_free(c);
}
END_TEST

START_TEST(a_device_takes_an_inversion_back)
{
	struct conf *c =
	    read_with(TOP "points:\n  leak: {at: \"coil:0\", invert: true}\n",
		DEVICE "points: {leak: {invert: false}}}\n");

	ck_assert_int_eq(decoded(point(c, "leak"), 0), 0);
	ck_assert_int_eq(decoded(point(c, "leak"), 1), 1);
	conf_free(c);
}
END_TEST

START_TEST(a_maker_s_numbers_become_the_standard_ones)
{
	struct conf *c = read_with(TOP
	    "points:\n"
	    "  pump_state: {at: \"holding:0\", enum: {0: off, 1: off, 2: "
	    "running, 7: fault}}\n"
	    "  pump1_state: {at: \"holding:1\"}\n"
	    "  pump2_state: {at: \"holding:2\", enum: {0: off, 1: running}}\n",
	    DEVICE "}\n");
	const struct conf_point *p = point(c, "pump_state");

	ck_assert_uint_eq(p->decode.name_count, 5); /* all of the kind's */
	ck_assert_int_eq(decoded(p, 1), 0);
	ck_assert_int_eq(decoded(p, 2), 1);
	ck_assert_int_eq(decoded(p, 7), 3);
	ck_assert_int_eq(decoded(p, 3), -1);
	p = point(c, "pump1_state");
	ck_assert_uint_eq(p->decode.form, FORM_ENUM);
	ck_assert_uint_eq(p->decode.state_count, 0);
	ck_assert_int_eq(decoded(p, 9), 9);
	ck_assert_int_eq(decoded(p, 4), -1);
	/* What the profile does not name cannot be, though the kind has it. */
	ck_assert_int_eq(decoded(point(c, "pump2_state"), 2), -1);
	ck_assert_int_eq(decoded(point(c, "pump2_state"), 1), 1);
	conf_free(c);
}
END_TEST

START_TEST(a_name_of_one_s_own_is_one_number)
{
	struct conf *c = read_with(TOP
	    "points:\n  mode: {at: \"holding:0\", enum: {4: idle, 5: busy, 6: "
	    "idle}}\n",
	    DEVICE "}\n");
	const struct conf_point *p = point(c, "mode");

	ck_assert_uint_eq(p->decode.name_count, 2);
	ck_assert_int_eq(decoded(p, 4), 4);
	ck_assert_int_eq(decoded(p, 5), 5);
	ck_assert_int_eq(decoded(p, 6), 4);
	conf_free(c);
}
END_TEST

/* ---- parts ---- */

#define PARTS                                                                  \
	TOP "repeat: [{pump: [1, 3], step: 10}, {lamp: [0, 1], step: 1}]\n"    \
	    "points:\n"                                                        \
	    "  pump{pump}_flow: {at: \"holding:101\", scale_pow10: "           \
	    "\"holding:100\", every: 2s}\n"                                    \
	    "  lamp{lamp}: {at: \"coil:7\"}\n"                                 \
	    "  x{pump}: {at: \"input:0\", repeat: {pump: [5, 6], step: 2}}\n"  \
	    "sim:\n  pump{pump}_flow: 4\n  pump2_flow: {shape: daily, min: "   \
	    "-1, max: 2.5}\n  lamp1: 1\n"

static const struct {
	const char *name;
	uint16_t address, first;
} parts[] = {
    {"pump1_flow", 101, 100},
    {"pump2_flow", 111, 110},
    {"pump3_flow", 121, 120},
    {"lamp0", 7, 7},
    {"lamp1", 8, 8},
    {"x5", 0, 0},
    {"x6", 2, 2},
};

START_TEST(each_part_lies_a_step_further_on)
{
	struct conf *c = read_with(PARTS, DEVICE "}\n");

	ck_assert_uint_eq(c->devices[0].polled_count, ROWS(parts));
	for (int i = 0; i < ROWS(parts); i++) {
		const struct conf_point *p = &c->devices[0].points[i];

		ck_assert_str_eq(p->name, parts[i].name);
		ck_assert_uint_eq(p->address, parts[i].address);
		ck_assert_uint_eq(p->first, parts[i].first);
	}
	conf_free(c);
}
END_TEST

START_TEST(what_is_played_may_be_said_of_all_parts_and_of_one)
{
	struct conf *c = read_with(PARTS, DEVICE "}\n");

	ck_assert_uint_eq(point(c, "pump1_flow")->sim.shape, SIM_CONSTANT);
	ck_assert(point(c, "pump3_flow")->sim.min == 4);
	ck_assert_uint_eq(point(c, "pump2_flow")->sim.shape, SIM_DAILY);
	ck_assert(point(c, "pump2_flow")->sim.min == -1);
	ck_assert(point(c, "pump2_flow")->sim.max == 2.5);
	ck_assert_uint_eq(point(c, "lamp0")->sim.shape, SIM_NONE);
	ck_assert_uint_eq(point(c, "lamp1")->sim.shape, SIM_CONSTANT);
	conf_free(c);
}
END_TEST

START_TEST(a_device_s_keys_may_be_for_all_parts_and_for_one)
{
	struct conf *c = read_with(PARTS,
	    DEVICE "points: {\"pump{pump}_flow\": {at: \"holding:201\", "
		   "scale_pow10: \"holding:200\", every: 9s}, pump2_flow: {at: "
		   "\"holding:301\", scale_pow10: \"holding:300\", urgent: "
		   "true}}}\n");

	ck_assert_uint_eq(point(c, "pump1_flow")->address, 201);
	ck_assert_uint_eq(point(c, "pump3_flow")->address, 221);
	ck_assert_uint_eq(point(c, "pump3_flow")->first, 220);
	ck_assert_uint_eq(point(c, "pump2_flow")->address, 301);
	ck_assert_int_eq(point(c, "pump2_flow")->rule.every_ms, 9000);
	ck_assert(point(c, "pump2_flow")->urgent);
	ck_assert(!point(c, "pump1_flow")->urgent);
	ck_assert_uint_eq(point(c, "pump2_flow")->sim.shape, SIM_DAILY);
	conf_free(c);
}
END_TEST

/* ---- a device's own keys ---- */

START_TEST(a_point_is_judged_anew_with_the_device_s_keys)
{
	struct conf *c = read_with(TOP
	    "points:\n  mode: {at: \"holding:0\", bits: [0, 1], enum: {0: a, "
	    "1: b}}\n  size: {at: \"holding:1\", unit: kW, scale: 0.1}\n",
	    DEVICE "points: {mode: {at: \"input:9\", type: u32, bits: [20, "
		   "21], enum: {2: c, 3: b}}, size: {type: f32, unit: V}}}\n"
		   "  - {id: b, profile: p, bus: net, unit: 2}\n");
	const struct conf_point *p = point(c, "mode");

	ck_assert_uint_eq(p->space, SPACE_INPUT);
	ck_assert_uint_eq(p->address, 9);
	ck_assert_uint_eq(p->span, 2);
	ck_assert_uint_eq(p->decode.bit_low, 20);
	ck_assert_uint_eq(p->decode.name_count, 2);
	ck_assert_str_eq(p->decode.names[0].name, "c");
	p = point(c, "size");
	ck_assert_uint_eq(p->decode.type, RAW_F32);
	ck_assert_str_eq(p->unit, "V");
	assert_decimal(p->decode.scale, 1, 1);
	ck_assert_uint_eq(c->devices[1].points[0].address, 0);
	ck_assert_str_eq(c->devices[1].points[1].unit, "kW");
	conf_free(c);
}
END_TEST

START_TEST(a_device_may_have_points_of_its_own)
{
	struct conf *c = read_with(PARTS,
	    RATED ", points: {level: {at: \"holding:9\", scale_by: "
		  "[rating.ct]}, \"y{pump}\": {at: \"holding:50\"}}}\n");

	ck_assert_uint_eq(c->devices[0].polled_count, ROWS(parts) + 4);
	assert_decimal(point(c, "level")->decode.scale, 30, 0);
	ck_assert_str_eq(point(c, "level")->unit, "m");
	ck_assert_uint_eq(point(c, "y3")->address, 70);
	ck_assert_int_eq(point(c, "y3")->rule.heartbeat_ms, 60000);
	conf_free(c);
}
END_TEST

START_TEST(a_transformer_s_rated_current_follows_from_its_kva)
{
	struct conf *c =
	    read_good(DEVICES "  - {id: a, " METER ", bus: net, unit: 1, "
			      "rating: {kva: 630}}\n  - {id: b, " METER
			      ", bus: net, unit: 2, rating: {kva: 630, in: "
			      "900}}\n  - {id: c, " METER
			      ", bus: net, unit: 3, kind: feeder, rating: "
			      "{kva: 630}}\n");

	ck_assert_double_eq_tol(c->devices[0].rating_in, 909.33, 0.01);
	ck_assert(c->devices[1].rating_in == 900);
	ck_assert(c->devices[2].rating_in == 0);
	conf_free(c);
}
END_TEST

/* ---- identity, and what others are given ---- */

START_TEST(an_identity_is_a_request_of_its_own)
{
	struct conf *c = read_with(TOP
	    "modbus: {address_base: 1}\n"
	    "identity: {at: \"holding:90\", type: u32, word_order: cdab, "
	    "between: [15000, 15100]}\n"
	    "points: {a: {at: \"holding:1\"}}\n",
	    DEVICE "}\n");
	const struct conf_identity *id = &c->devices[0].profile->identity;
	struct plan *plan = conf_plan(c, 0);

	ck_assert(id->wanted && id->min == 15000 && id->max == 15100);
	ck_assert_uint_eq(id->decode.form, FORM_NUMBER);
	ck_assert_uint_eq(id->decode.order, ORDER_CDAB);
	ck_assert_ptr_null(id->text);
	ck_assert_uint_eq(id->address, 89);
	ck_assert_uint_eq(id->count, 2);
	plan_free(plan);
	conf_free(c);
}
END_TEST

START_TEST(an_identity_may_be_how_a_text_begins)
{
	struct conf *c = read_with(TOP
	    "identity: {at: \"holding:29\", type: \"ascii:20\", begins: "
	    "PM5}\npoints: {a: {at: \"holding:1\"}}\n",
	    DEVICE "}\n");
	const struct conf_identity *id = &c->devices[0].profile->identity;

	ck_assert_uint_eq(id->decode.form, FORM_TEXT);
	ck_assert_str_eq(id->text, "PM5");
	ck_assert_uint_eq(id->count, 10);
	conf_free(c);
}
END_TEST

START_TEST(a_catalog_has_the_titles)
{
	struct conf *c = read_with(TOP "source: s\npoints:\n"
				       "  pressure: {at: \"holding:4\"}\n",
	    DEVICE "}\n");
	struct catalog *names = conf_catalog(c);

	ck_assert_str_eq(c->devices[0].profile->source, "s");
	conf_free(c);
	ck_assert_str_eq(names->devices[0].points[0].title.en, "Pressure");
	ck_assert_str_eq(names->devices[0].points[0].unit, "MPa");
	catalog_unref(names);
}
END_TEST

START_TEST(a_catalog_has_the_derived_points_too)
{
	struct conf *c = read_with(TOP
	    "points:\n  fault_raw: {at: \"holding:4\"}\n"
	    "derive:\n  dry_run: \"fault_raw == 57\"\n"
	    "  half: {value: \"fault_raw / 2\", unit: h}\n"
	    "faults:\n  57: {code: DRY_RUN, severity: P2, text: dry}\n",
	    DEVICE "place: {floors: 6}}\n");
	struct catalog *names = conf_catalog(c);
	const struct device_info *d = names->devices;
	struct plan *plan = conf_plan(c, 0);
	const struct point_info *code;

	ck_assert_uint_eq(c->devices[0].polled_count, 1);
	ck_assert_uint_eq(plan->part_count, 1);
	plan_free(plan);
	conf_free(c);
	ck_assert_uint_eq(d->points[device_find(d, "dry_run")].form, FORM_BOOL);
	ck_assert_str_eq(d->points[device_find(d, "half")].unit, "h");
	ck_assert_int_ge(device_find(d, "fault_code"), 0);
	code = &d->points[device_find(d, "fault_code")];
	ck_assert_uint_eq(code->form, FORM_ENUM);
	ck_assert_str_eq(point_enum_name(code, 0), "none");
	ck_assert_str_eq(code->title.en, "Fault code");
	catalog_unref(names);
}
END_TEST

static TCase *
profile_case(void)
{
	TCase *t = tcase_create("profile");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, ratings_are_multiplied_into_the_scale_exactly);
	tcase_add_test(t, each_unit_has_a_scale_and_an_offset_of_its_own);
	tcase_add_test(t, a_value_is_read_with_its_unit_and_decimals);
	tcase_add_test(t, a_hole_is_only_in_the_way_of_what_nobody_wants);
	tcase_add_loop_test(t,
	    a_value_that_means_there_is_none_is_kept_as_written, 0,
	    ROWS(absents));
	tcase_add_test(t, a_word_s_unit_role_and_title_need_not_be_written);
	tcase_add_test(
	    t, a_register_is_true_or_false_where_the_vocabulary_says_so);
	tcase_add_test(t, a_contact_that_rests_closed_is_inverted);
	tcase_add_test(t, a_device_takes_an_inversion_back);
	tcase_add_test(t, a_maker_s_numbers_become_the_standard_ones);
	tcase_add_test(t, a_name_of_one_s_own_is_one_number);
	tcase_add_test(t, each_part_lies_a_step_further_on);
	tcase_add_test(t, what_is_played_may_be_said_of_all_parts_and_of_one);
	tcase_add_test(t, a_device_s_keys_may_be_for_all_parts_and_for_one);
	tcase_add_test(t, a_point_is_judged_anew_with_the_device_s_keys);
	tcase_add_test(t, a_device_may_have_points_of_its_own);
	tcase_add_test(t, a_transformer_s_rated_current_follows_from_its_kva);
	tcase_add_test(t, an_identity_is_a_request_of_its_own);
	tcase_add_test(t, an_identity_may_be_how_a_text_begins);
	tcase_add_test(t, a_catalog_has_the_titles);
	tcase_add_test(t, a_catalog_has_the_derived_points_too);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("profile");

	suite_add_tcase(s, profile_case());
	return suite_run(s);
}
