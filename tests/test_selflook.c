/* test_selflook.c - what riser sees of itself, as readings */
#include "gateway/base/box.h"
#include "gateway/selflook.h"
#include "tests/suite.h"

#define WALL_MS 1763690000000

static struct selflook self;
static struct box_now box;
static struct derive_input alarms_have[GATEWAY_POINTS];
static int64_t backlog_bytes;
static struct reading got[GATEWAY_POINTS];
static struct stamp at;

void
box_now(struct box_now *now)
{
	*now = box;
}

void
alarms_gateway(struct alarms *a, uint16_t point, const struct derive_input *in,
    int64_t now_ms)
{
	(void)a, (void)now_ms;
	alarms_have[point] = *in;
}

int64_t
journal_backlog(struct journal *j)
{
	(void)j;
	return backlog_bytes;
}

void
journal_state(struct journal *j, struct journal_state *s)
{
	(void)j;
	*s = (struct journal_state){.tail_seq = 1};
}

static void
look(int64_t now_ms)
{
	struct stamp now = {
	    .mono_ms = now_ms, .wall_ms = WALL_MS + now_ms, .synced = true};

	selflook_look(&self, NULL, NULL, NULL, 1000, &now);
}

/* The reading of a point, of the part in which it is. */
static const struct reading *
reading(enum selflook_part part, uint16_t point)
{
	uint16_t n = selflook_readings(&self, part, got, &at);

	for (uint16_t i = 0; i < n; i++)
		if (got[i].point == point)
			return &got[i];
	return NULL;
}

static uint8_t
quality(enum selflook_part part, uint16_t point)
{
	const struct reading *r = reading(part, point);

	ck_assert_ptr_nonnull(r);
	ck_assert(
	    quality_has_value(r->quality) == (r->value.type != VALUE_NONE));
	return r->quality.code;
}

static void
setup(void)
{
	self = (struct selflook){.wants_uplink = true};
	box = (struct box_now){-1, 30, 900};
	backlog_bytes = 250;
}

START_TEST(who_has_not_looked_has_no_readings)
{
	ck_assert_uint_eq(
	    selflook_readings(&self, SELFLOOK_RISER, got, &at), 0);
	ck_assert_uint_eq(selflook_readings(&self, SELFLOOK_BOX, got, &at), 0);
}
END_TEST

START_TEST(each_point_is_in_one_part)
{
	unsigned seen = 0;

	look(1000);
	for (unsigned part = 0; part < SELFLOOK_PARTS; part++) {
		uint16_t n = selflook_readings(&self, part, got, &at);

		for (uint16_t i = 0; i < n; i++) {
			ck_assert_uint_eq(seen & 1u << got[i].point, 0);
			seen |= 1u << got[i].point;
		}
	}
	ck_assert_uint_eq(seen, (1u << GATEWAY_POINTS) - 1);
}
END_TEST

START_TEST(what_riser_knows_has_the_time_of_the_look)
{
	look(1000);
	ck_assert(reading(SELFLOOK_RISER, GATEWAY_BUFFER_USED)->value.f == 25);
	ck_assert_int_eq(at.mono_ms, 1000);
	ck_assert_int_eq(at.wall_ms, WALL_MS + 1000);
	ck_assert(at.synced);
}
END_TEST

START_TEST(the_box_has_the_time_at_which_it_was_looked_at)
{
	look(1000);
	ck_assert(reading(SELFLOOK_BOX, GATEWAY_DISK_USED)->value.f == 30);
	ck_assert_int_eq(at.mono_ms, 900);
	ck_assert_int_eq(at.wall_ms, WALL_MS + 900);
}
END_TEST

START_TEST(a_box_without_a_thermometer_never_has_a_temperature)
{
	look(1000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_BOX, GATEWAY_CPU_TEMP), QUALITY_NEVER);
}
END_TEST

/* The disk hangs, and who looks at it with it. */
START_TEST(a_box_that_nobody_looks_at_any_more_is_stale)
{
	look(1000);
	look(40000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_BOX, GATEWAY_DISK_USED), QUALITY_STALE);
	ck_assert_uint_eq(
	    quality(SELFLOOK_BOX, GATEWAY_CPU_TEMP), QUALITY_NEVER);
	ck_assert_int_eq(at.mono_ms, 40000);
	ck_assert_uint_eq(
	    alarms_have[GATEWAY_DISK_USED].quality.code, QUALITY_NEVER);
}
END_TEST

START_TEST(over_a_reload_it_is_stale_and_not_as_if_it_never_was)
{
	struct selflook was;

	look(1000);
	was = self;
	self = (struct selflook){.wants_uplink = true};
	selflook_go_on(&self, &was);
	look(40000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_BOX, GATEWAY_DISK_USED), QUALITY_STALE);
	ck_assert_uint_eq(
	    quality(SELFLOOK_BOX, GATEWAY_CPU_TEMP), QUALITY_NEVER);
}
END_TEST

/* Who were notified are not any more: that is not something gone stale. */
START_TEST(over_a_reload_without_channels_it_is_not_known_of_them)
{
	struct selflook was;

	self.wants_notify = self.notify_ok = true;
	look(1000);
	was = self;
	self = (struct selflook){.wants_uplink = true};
	selflook_go_on(&self, &was);
	look(2000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_RISER, GATEWAY_NOTIFY_OK), QUALITY_NEVER);
}
END_TEST

START_TEST(without_a_platform_it_is_not_said_to_be_reached)
{
	self.wants_uplink = false;
	look(1000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_RISER, GATEWAY_UPLINK), QUALITY_NEVER);
	ck_assert_uint_eq(
	    alarms_have[GATEWAY_UPLINK].quality.code, QUALITY_GOOD);
	ck_assert_uint_eq(alarms_have[GATEWAY_UPLINK].value.u, 1);
}
END_TEST

START_TEST(a_platform_that_is_not_reached_is_told)
{
	look(1000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_RISER, GATEWAY_UPLINK), QUALITY_GOOD);
	ck_assert_uint_eq(reading(SELFLOOK_RISER, GATEWAY_UPLINK)->value.u, 0);
}
END_TEST

START_TEST(where_nobody_is_notified_that_is_not_known)
{
	look(1000);
	ck_assert_uint_eq(
	    quality(SELFLOOK_RISER, GATEWAY_NOTIFY_OK), QUALITY_NEVER);
	ck_assert_uint_eq(
	    quality(SELFLOOK_RISER, GATEWAY_NOTIFY_FAILING), QUALITY_NEVER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("selflook");
	TCase *t = tcase_create("selflook");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, who_has_not_looked_has_no_readings);
	tcase_add_test(t, each_point_is_in_one_part);
	tcase_add_test(t, what_riser_knows_has_the_time_of_the_look);
	tcase_add_test(t, the_box_has_the_time_at_which_it_was_looked_at);
	tcase_add_test(t, a_box_without_a_thermometer_never_has_a_temperature);
	tcase_add_test(t, a_box_that_nobody_looks_at_any_more_is_stale);
	tcase_add_test(t, over_a_reload_it_is_stale_and_not_as_if_it_never_was);
	tcase_add_test(
	    t, over_a_reload_without_channels_it_is_not_known_of_them);
	tcase_add_test(t, without_a_platform_it_is_not_said_to_be_reached);
	tcase_add_test(t, a_platform_that_is_not_reached_is_told);
	tcase_add_test(t, where_nobody_is_notified_that_is_not_known);
	return suite_run(s);
}
