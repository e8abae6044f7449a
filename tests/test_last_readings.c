/* test_last_readings.c - what was read just before a start */
#include "gateway/last_readings.h"

#include "tests/store_help.h"
#include "tests/suite.h"

#define START_MS INT64_C(50000000) /* monotonic, of the start */
#define SEEN_MAX 30000

static const struct stamp start = {.boot = {1}, .mono_ms = START_MS};

/* ---- what is seen ---- */

static struct {
	size_t count;
	uint16_t device[SEEN_MAX], point[SEEN_MAX];
	uint64_t value[SEEN_MAX];
	int64_t last_ms;
} seen;

static void
see(void *context, const struct batch *b)
{
	(void)context;
	ck_assert_uint_lt(seen.count, SEEN_MAX);
	ck_assert_uint_gt(b->count, 0);
	seen.device[seen.count] = b->device;
	seen.point[seen.count] = b->readings[0].point;
	seen.value[seen.count++] = b->readings[0].value.u;
	seen.last_ms = b->at.mono_ms;
}

static void
look(const struct catalog *names)
{
	memset(&seen, 0, sizeof(seen));
	last_readings(journal, names, &start, see, NULL);
}

/* ---- what was read ---- */

static uint64_t
take(uint16_t device, uint16_t point, uint64_t value, uint8_t boot,
    int64_t before_ms)
{
	struct reading r = {.point = point,
	    .quality.code = QUALITY_GOOD,
	    .value = {VALUE_U64, .u = value}};
	struct batch b = {.at = {.boot = {boot},
			      .mono_ms = START_MS - before_ms,
			      .wall_ms = 1763690000000 - before_ms},
	    .device = device,
	    .count = 1,
	    .readings = &r};

	sure(journal_append(journal, &b), "the batch is taken");
	return b.seq;
}

/* A program ends and another goes on with what is on disk. */
static void
restart(uint64_t seq)
{
	tick_due();
	await_disk(seq);
	reopen();
}

START_TEST(a_store_in_which_nothing_was_read_yet_has_nothing)
{
	look(&estate);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(what_was_read_comes_back_in_its_order)
{
	take(0, 0, 7, 1, 3000);
	take(1, 0, 1, 1, 2000);
	restart(take(0, 1, 8, 1, 1000));
	look(&estate);
	ck_assert_uint_eq(seen.count, 3);
	ck_assert_uint_eq(seen.value[0], 7);
	ck_assert_uint_eq(seen.device[1], 1);
	ck_assert_uint_eq(seen.point[2], 1);
	ck_assert_int_eq(seen.last_ms, START_MS - 1000);
}
END_TEST

/* Another boot's times mean nothing in this one; what is to come is no past. */
START_TEST(what_is_old_or_of_another_boot_or_to_come_is_left_out)
{
	take(0, 0, 1, 1, LAST_READINGS_MS + 1);
	take(0, 0, 2, 2, 1000);
	take(0, 0, 3, 1, LAST_READINGS_MS);
	take(0, 0, 4, 1, -1);
	restart(take(0, 0, 5, 1, 0));
	look(&estate);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.value[0], 3);
	ck_assert_uint_eq(seen.value[1], 5);
}
END_TEST

/* Of some, of more than one look back, of more than there are. */
START_TEST(of_many_all_that_are_late_are_seen_and_no_other)
{
	static const uint64_t late_counts[] = {1, 4095, 4096, 5000, 20000};
	uint64_t late = late_counts[_i], old = _i == 4 ? 0 : 20000, seq = 0;

	for (uint64_t i = 0; i < old + late; i++) {
		seq = take(0, 0, i, 1,
		    i < old ? LAST_READINGS_MS + 1000
			    : (int64_t)(old + late - i));
		if (i % 1000 == 0) {
			tick_due();
			await_disk(seq);
		}
	}
	restart(seq);
	look(&estate);
	ck_assert_uint_eq(seen.count, late);
	ck_assert_uint_eq(seen.value[0], old);
	ck_assert_uint_eq(seen.value[late - 1], old + late - 1);
}
END_TEST

/* ---- names ---- */

/* lift-1 is the first now; power is behind energy, and a label is a number. */
START_TEST(an_edit_of_the_configuration_finds_each_point_by_its_name)
{
	static const struct point_info moved[] = {
	    {.name = "label", .unit = "", .role = ""},
	    {.name = "energy", .unit = "kWh", .role = "counter"},
	    {.name = "power", .unit = "kW", .role = ""}};
	static const struct device_info devices[] = {{.id = "lift-1",
							 .kind = "elevator",
							 .point_count = 1,
							 .points = lift_points},
	    {.id = "tx-1",
		.kind = "transformer",
		.point_count = 3,
		.points = moved}};
	static const struct catalog now = {
	    .device_count = 2, .devices = devices, .refs = 1};

	take(0, 0, 1, 1, 4000);
	take(0, 1, 2, 1, 3000);
	take(0, 2, 3, 1, 2000);
	restart(take(1, 0, 4, 1, 1000));
	look(&now);
	ck_assert_uint_eq(seen.count, 3);
	ck_assert(seen.device[0] == 1 && seen.point[0] == 2);
	ck_assert(seen.device[1] == 1 && seen.point[1] == 1);
	ck_assert(seen.device[2] == 0 && seen.point[2] == 0);
	look(&edited); /* neither is there any more */
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

/* Of the same name and form: kW are W now, and of the door 0 and 1 are no
 * longer what they were.  That there may be a 7 changes nothing. */
START_TEST(a_point_that_means_something_else_now_is_left_out)
{
	static const struct enum_name more[] = {
	    {0, "closed"}, {1, "open"}, {7, "ajar"}};
	static const struct enum_name swapped[] = {{0, "open"}, {1, "closed"}};
	struct point_info power = tx_points[0], door = lift_points[0];
	struct device_info devices[] = {estate_devices[0], estate_devices[1]};
	struct catalog now = {.device_count = 2, .devices = devices, .refs = 1};

	devices[0].points = &power;
	devices[0].point_count = 1;
	devices[1].points = &door;
	take(0, 0, 400, 1, 2000);
	restart(take(1, 0, 1, 1, 1000));
	door.names = more;
	door.name_count = 3;
	look(&now);
	ck_assert_uint_eq(seen.count, 2);
	power.unit = "W";
	look(&now);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.device[0], 1);
	door.names = swapped;
	door.name_count = 2;
	look(&now);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(what_was_read_under_two_configurations_has_the_names_of_its_time)
{
	uint64_t seq = take(1, 0, 1, 1, 3000);

	tick_due();
	await_disk(seq);
	journal_catalog(journal, &edited);
	take(0, 0, 2, 1, 2000);
	restart(take(0, 0, 3, 1, 1000));
	look(&estate);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.value[0], 1);
	look(&edited);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.value[0], 2);
}
END_TEST

/* ---- trouble ---- */

/* The body of that commit of the newest segment. */
static void
damage_commit(int number)
{
	static uint8_t bytes[1 << 20];
	struct record_frame f;
	char path[128];
	size_t length, at = 0;
	FILE *file;

	newest_path(path);
	file = fopen(path, "r+");
	length = fread(bytes, 1, sizeof(bytes), file);
	for (; number >= 0; at++) {
		ck_assert_uint_lt(at + RECORD_FRAME_BYTES, length);
		if (record_frame_get(&f, bytes + at))
			number -= f.type == RECORD_COMMIT;
	}
	fseek(file, (long)at - 1 + RECORD_FRAME_BYTES, SEEK_SET);
	fputc(~bytes[at - 1 + RECORD_FRAME_BYTES], file);
	fclose(file);
}

START_TEST(a_damaged_record_costs_what_is_in_it_and_no_more)
{
	for (uint64_t i = 0; i < 3; i++) {
		uint64_t seq = take(0, 0, i, 1, 3000);

		tick_due();
		await_disk(seq);
	}
	close_journal();
	damage_commit(1);
	open_journal();
	look(&estate);
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.value[0], 0);
	ck_assert_uint_eq(seen.value[1], 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("last_readings");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_store, remove_store);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_store_in_which_nothing_was_read_yet_has_nothing);
	tcase_add_test(t, what_was_read_comes_back_in_its_order);
	tcase_add_test(
	    t, what_is_old_or_of_another_boot_or_to_come_is_left_out);
	tcase_add_loop_test(
	    t, of_many_all_that_are_late_are_seen_and_no_other, 0, 5);
	tcase_add_test(
	    t, an_edit_of_the_configuration_finds_each_point_by_its_name);
	tcase_add_test(t, a_point_that_means_something_else_now_is_left_out);
	tcase_add_test(t,
	    what_was_read_under_two_configurations_has_the_names_of_its_time);
	tcase_add_test(t, a_damaged_record_costs_what_is_in_it_and_no_more);
	suite_add_tcase(s, t);
	return suite_run(s);
}
