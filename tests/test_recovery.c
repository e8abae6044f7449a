/*
 * test_recovery.c - what a journal makes of the files it finds at start
 *
 * Each test writes a journal, closes it, does to its files what a power cut, a
 * dying card or a person may do, and opens it again.
 */
#include "tests/store_help.h"
#include "tests/suite.h"

/* Four commits, of one batch each. */
#define COMMITS 4
#define FILLED ((size_t)64 * 1024) /* a segment of so small a quota */

static char path[128]; /* of the one segment */
static uint8_t file[2 * FILLED];
static size_t file_size;
static size_t first_at; /* where the first commit begins */
static size_t last_at, last_end; /* where the last one begins and ends */

static size_t
size_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(name, &st), 0);
	return (size_t)st.st_size;
}

/* Puts the segment there, alone, with so many of its bytes. */
static void
write_file(size_t bytes)
{
	char newest[128];
	int fd;

	while (newest_path(newest) != 0)
		ck_assert_int_eq(unlink(newest), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	sure(write(fd, file, bytes) == (ssize_t)bytes, "the file is written");
	close(fd);
}

static void
read_file(void)
{
	int fd = open(path, O_RDONLY);

	file_size = (size_t)read(fd, file, sizeof(file));
	close(fd);
}

/* Where the commits stand in the file. */
static void
find_commits(void)
{
	struct segment_scan s = {
	    .fd = open(path, O_RDONLY), .end = (int64_t)file_size};
	int64_t before = 0;

	first_at = 0;
	while (segment_scan_next(&s) == 1) {
		if (s.frame.type == RECORD_COMMIT) {
			last_at = (size_t)segment_round(before);
			last_end = (size_t)s.at;
			first_at = first_at == 0 ? last_at : first_at;
		}
		before = s.at;
	}
	ck_assert_int_eq(s.unknown, 0);
	segment_scan_free(&s);
	close(s.fd);
}

static void
make_four_commits(void)
{
	quota_bytes = 8 * (int64_t)FILLED;
	make_store();
	for (uint64_t n = 1; n <= COMMITS; n++)
		commit(n);
	newest_path(path);
	close_journal();
	read_file();
	find_commits();
	ck_assert_uint_eq(file_size, FILLED);
	ck_assert_uint_gt(last_end, last_at);
}

/* Reads all that is there: how many; each must be as it was, and seqs rise. */
static uint64_t
count_batches(uint64_t *last_seq)
{
	struct journal_reader *r = reader_open(journal, 0);
	const struct catalog *c;
	struct batch b;
	uint64_t n = 0;

	*last_seq = 0;
	while (reader_next(r, &b, &c) == 1) {
		sure(b.seq > *last_seq, "seq rises");
		assert_is_sample(&b);
		*last_seq = b.seq;
		n++;
	}
	reader_close(r);
	return n;
}

static struct journal_state
state(void)
{
	struct journal_state s;

	journal_state(journal, &s);
	return s;
}

/* ---- the tail ---- */

START_TEST(a_record_torn_at_any_byte_is_cut_off)
{
	uint64_t last;

	for (size_t size = last_at; size < last_end; size++) {
		write_file(size);
		open_journal();
		sure(state().damaged == 0, "torn is not damaged");
		sure(size_of(path) == last_at, "the tail is cut");
		sure(count_batches(&last) == COMMITS - 1, "the rest is there");
		/* Nobody has ever seen the torn one. */
		sure(commit(9) == COMMITS, "no seq is left out");
		sure(count_batches(&last) == COMMITS, "it goes on");
		close_journal();
	}
}
END_TEST

START_TEST(a_file_cut_behind_its_last_record_has_lost_nothing)
{
	uint64_t last;

	for (size_t size = last_end; size < last_end + 1200; size++) {
		write_file(size);
		open_journal();
		sure(state().damaged == 0, "nothing is damaged");
		sure(count_batches(&last) == COMMITS, "all is there");
		sure(commit(9) == COMMITS + 1, "it goes on");
		reopen();
		sure(count_batches(&last) == COMMITS + 1, "all of it");
		close_journal();
	}
}
END_TEST

START_TEST(any_flipped_bit_of_the_last_record_costs_only_that_record)
{
	uint64_t last, seq;

	for (size_t bit = last_at * 8; bit < last_end * 8; bit++) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(file_size);
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		open_journal();
		sure(state().damaged == 1, "the damage is counted");
		sure(count_batches(&last) == COMMITS - 1, "the rest is there");
		seq = commit(9);
		sure(seq > COMMITS, "seq 4 was given to another batch once");
		reopen();
		sure(count_batches(&last) == COMMITS, "it goes on");
		sure(last == seq, "with the new one");
		close_journal();
	}
}
END_TEST

START_TEST(any_flipped_bit_at_all_is_survived)
{
	uint64_t last, n;

	for (size_t bit = 0; bit < last_at * 8; bit += 3) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(file_size);
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		open_journal();
		n = count_batches(&last);
		sure(bit < first_at * 8 || n >= COMMITS - 1,
		    "a damaged commit costs only itself");
		sure(commit(9) > COMMITS, "no seq is used twice");
		close_journal();
	}
}
END_TEST

START_TEST(a_flipped_bit_of_what_is_filled_costs_nothing)
{
	uint64_t last;

	for (size_t bit = last_end * 8; bit < (last_end + 2000) * 8; bit += 7) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(file_size);
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		open_journal();
		sure(count_batches(&last) == COMMITS, "all is there");
		sure(commit(9) > COMMITS, "no seq is used twice");
		reopen();
		sure(count_batches(&last) == COMMITS + 1, "it goes on");
		close_journal();
	}
}
END_TEST

/* A last commit of some sectors. */
static void
make_a_long_commit(void)
{
	open_journal();
	for (uint64_t n = 1; n <= 3000; n++)
		append(n * n);
	tick_due();
	await_disk(COMMITS + 3000);
	close_journal();
	newest_path(path);
	read_file();
	find_commits();
	ck_assert_uint_gt(last_end - last_at, 4 * SEGMENT_SECTOR);
}

/* A disk writes sectors in any order: a power cut leaves some of them. */
START_TEST(a_record_torn_at_any_sectors_is_cut_off)
{
	static uint8_t whole[sizeof(file)];
	size_t count, sector = (size_t)SEGMENT_SECTOR;
	uint64_t last;

	make_a_long_commit();
	memcpy(whole, file, sizeof(file));
	count = (last_end - last_at + sector - 1) / sector;
	for (size_t round = 0; round < 4 * count; round++) {
		for (size_t i = 0; i < count; i++)
			if (i == round % count || random() % 2 == 0)
				memset(file + last_at + i * sector, 0, sector);
		write_file(file_size);
		memcpy(file, whole, sizeof(file));
		open_journal();
		sure(state().damaged == 0, "torn is not damaged");
		sure(count_batches(&last) == COMMITS, "the rest is there");
		sure(commit(9) == COMMITS + 1, "no seq is left out");
		reopen();
		sure(count_batches(&last) == COMMITS + 1, "it goes on");
		sure(state().damaged == 0, "and nothing is left of it");
		close_journal();
	}
}
END_TEST

START_TEST(garbage_behind_the_last_record_is_cut_off)
{
	size_t at = (size_t)segment_round((int64_t)last_end);
	uint64_t last;

	for (size_t i = 0; i < 4096; i++)
		file[at + i] = (uint8_t)(1 + i % 255);
	write_file(file_size);
	open_journal();

	ck_assert_uint_eq(size_of(path), at);
	ck_assert_uint_eq(count_batches(&last), COMMITS);
	/* It might have been commits: as many seqs are left out as fit. */
	ck_assert_uint_gt(commit(9), COMMITS + RECORD_BATCHES_MAX);
}
END_TEST

START_TEST(zeroes_are_the_clean_end_of_a_file)
{
	uint64_t last;

	memset(file + file_size, 0, 10000); /* some file systems' power cut */
	write_file(file_size + 10000);
	open_journal();

	ck_assert_uint_eq(state().damaged, 0);
	ck_assert_uint_eq(count_batches(&last), COMMITS);
	ck_assert_uint_eq(commit(9), COMMITS + 1);
	ck_assert_uint_eq(newest_path(path), 1); /* it goes on there */
}
END_TEST

START_TEST(a_damaged_record_in_the_middle_is_skipped_and_counted)
{
	struct journal_reader *r;
	const struct catalog *c;
	struct batch b, before = {0};
	uint64_t last;

	open_journal();
	commit(COMMITS + 1);
	close_journal();
	read_file();
	file[last_at + RECORD_FRAME_BYTES] ^= 1;
	write_file(file_size);
	open_journal();
	ck_assert_uint_eq(state().damaged, 1);
	ck_assert_uint_eq(count_batches(&last), COMMITS);
	ck_assert_uint_eq(state().damaged, 1);
	r = reader_open(journal, COMMITS - 2);
	ck_assert_int_eq(reader_next(r, &before, &c), 1);
	ck_assert_int_eq(reader_next(r, &b, &c), 1);
	reader_close(r);

	ck_assert_uint_eq(b.seq, COMMITS + 1);
	/* Batch 4 had two readings: exactly those are missing. */
	ck_assert_uint_eq(b.first - before.first - before.count, 2);
}
END_TEST

/* ---- heads ---- */

START_TEST(without_its_head_a_segment_is_left_alone)
{
	uint64_t last;
	char id[16];

	open_journal();
	strcpy(id, journal_id(journal));
	close_journal();
	file[RECORD_FRAME_BYTES] ^= 1;
	write_file(file_size);
	open_journal();

	ck_assert_uint_eq(count_batches(&last), 0);
	ck_assert_str_ne(journal_id(journal), id); /* it stood only there */
	ck_assert_uint_eq(commit(9), COMMITS + 1);
	ck_assert_uint_eq(size_of(path), file_size);
}
END_TEST

START_TEST(without_its_names_a_segment_is_passed_over)
{
	struct segment_scan s = {.end = INT64_MAX};
	struct record_head head;
	uint64_t last;

	s.fd = open(path, O_RDONLY);
	ck_assert_int_eq(segment_scan_head(&s, &head), 0);
	file[s.at + RECORD_FRAME_BYTES] ^= 1; /* of the catalog */
	segment_scan_free(&s);
	close(s.fd);
	write_file(file_size);
	open_journal();

	ck_assert_uint_eq(count_batches(&last), 0);
	ck_assert_uint_ge(state().damaged, 1);
	ck_assert_uint_eq(commit(9), COMMITS + 1);
	ck_assert_uint_eq(count_batches(&last), 1);
}
END_TEST

/* A sound head, but of a version to come. */
static void
make_newer(void)
{
	struct record_frame f;
	uint8_t *body = file + RECORD_FRAME_BYTES;

	ck_assert(record_frame_get(&f, file));
	body[0] = RECORD_VERSION + 1;
	record_frame_put(file, &f, body, f.length);
}

START_TEST(a_segment_of_a_newer_riser_is_left_alone)
{
	uint64_t last;

	make_newer();
	write_file(file_size);
	open_journal();

	ck_assert_uint_eq(count_batches(&last), 0);
	ck_assert_uint_eq(commit(9), COMMITS + 1);
	close_journal();
	ck_assert_uint_eq(size_of(path), file_size);
	open_journal();
}
END_TEST

START_TEST(a_segment_of_another_store_is_left_alone)
{
	struct record_frame f;
	char other[128];
	uint64_t last;
	int fd;

	/* An older one with another id: somebody copied it here. */
	ck_assert(record_frame_get(&f, file));
	file[RECORD_FRAME_BYTES + 1] = 'z';
	record_frame_put(file, &f, file + RECORD_FRAME_BYTES, f.length);
	snprintf(other, sizeof(other), "%s/readings/%020d.seg", store, 0);
	fd = open(other, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, file, file_size), (ssize_t)file_size);
	close(fd);
	open_journal();

	ck_assert_uint_eq(count_batches(&last), COMMITS);
	ck_assert_int_eq(state().bytes, (int64_t)file_size);
	ck_assert_uint_eq(size_of(other), file_size);
}
END_TEST

/* ---- files ---- */

static void
put_file(const char *name, const char *text)
{
	char at[128];
	FILE *f;

	snprintf(at, sizeof(at), "%s/readings/%s", store, name);
	f = fopen(at, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(what_is_no_segment_is_left_alone)
{
	uint64_t last;

	put_file("notes.txt", "do not touch");
	put_file("5.seg", "a name made by hand");
	put_file("00000000000000000900.seg", "made by hand, too");
	put_file("18446744073709551615.seg", "as high as can be");
	put_file("00000000000000000000.seg", "");
	open_journal();

	ck_assert_uint_eq(count_batches(&last), COMMITS);
	ck_assert_uint_gt(commit(9), 900);
	ck_assert_uint_lt(tail_seq(), 900 + 2 * RECORD_BATCHES_MAX);
	snprintf(path, sizeof(path), "%s/readings/notes.txt", store);
	ck_assert_uint_eq(size_of(path), strlen("do not touch"));
}
END_TEST

START_TEST(a_half_made_segment_is_removed)
{
	uint64_t last;

	put_file(SEGMENT_UNSETTLED, "what a crash left");
	open_journal();
	ck_assert_uint_eq(count_batches(&last), COMMITS);
	snprintf(path, sizeof(path), "%s/readings/" SEGMENT_UNSETTLED, store);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_segment_that_vanishes_is_a_gap)
{
	char first[128];
	uint64_t last;

	open_journal();
	journal_catalog(journal, &edited);
	commit(5);
	journal_catalog(journal, &estate);
	commit(6);
	strcpy(first, path);
	newest_path(path);
	unlink(first);

	ck_assert_uint_eq(count_batches(&last), 2);
	reopen();
	ck_assert_uint_eq(count_batches(&last), 2);
	ck_assert_uint_eq(commit(7), 7);
}
END_TEST

START_TEST(a_store_whose_data_was_removed_begins_again)
{
	uint64_t last;

	unlink(path);
	open_journal();
	ck_assert_uint_eq(count_batches(&last), 0);
	ck_assert_uint_eq(commit(1), 1);
}
END_TEST

START_TEST(files_of_another_user_are_not_taken_for_damaged)
{
	struct journal_conf conf = {
	    .dir = store, .max_bytes = quota_bytes, .commit_every_ms = 1};
	struct err err = {""};
	char at[128];

	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(store, 0777), 0);
	snprintf(at, sizeof(at), "%s/readings", store);
	ck_assert_int_eq(chmod(at, 0777), 0);
	snprintf(at, sizeof(at), "%s/readings/lock", store);
	ck_assert_int_eq(chmod(at, 0666), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);

	ck_assert_ptr_null(journal_open(&conf, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "must belong to the user"));
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* ---- cursors ---- */

START_TEST(a_cursor_ahead_of_the_data_keeps_its_seqs_from_being_used_again)
{
	struct cursor *c;

	open_journal();
	journal_follow(journal, "mqtt");
	journal_catalog(journal, &edited);
	commit(5);
	close_journal();
	newest_path(path);
	read_file();
	find_commits();
	/* The new segment keeps its cursors, and loses its commit. */
	write_file(last_end - 10);
	open_journal();

	c = journal_follow(journal, "mqtt");
	ck_assert_uint_eq(cursor_seq(c), COMMITS);
	ck_assert_uint_eq(tail_seq(), COMMITS);
	ck_assert_uint_eq(commit(9), COMMITS + 1);
}
END_TEST

START_TEST(cursors_beyond_all_records_are_believed)
{
	struct record_cursors ahead = {.count = 1,
	    .of = {{.name = "mqtt",
		.range_count = 1,
		.ranges = {{50, 70, RECORD_OPEN, RECORD_OPEN}},
		.delivered = 70}}};
	struct record_frame f = {
	    .type = RECORD_CURSORS, .seq = COMMITS + 1, .first = 8};
	struct buf body = {0};

	record_cursors_put(&body, &ahead);
	record_frame_put(file + last_end, &f, body.data, body.len);
	memcpy(file + last_end + RECORD_FRAME_BYTES, body.data, body.len);
	write_file(file_size);
	buf_free(&body);
	open_journal();

	ck_assert_uint_eq(cursor_seq(journal_follow(journal, "mqtt")), 50);
	ck_assert_uint_eq(state().tail_readings, 70);
	ck_assert_uint_eq(commit(9), 51);
}
END_TEST

START_TEST(damaged_cursors_are_taken_from_an_older_segment)
{
	struct segment_scan s = {.end = INT64_MAX};
	struct cursor *c;

	open_journal();
	journal_follow(journal, "mqtt");
	tick_due();
	commit(5);
	journal_catalog(journal, &edited);
	commit(6);
	close_journal();
	newest_path(path);
	s.fd = open(path, O_RDWR);
	while (segment_scan_next(&s) == 1)
		if (s.frame.type == RECORD_CURSORS)
			ck_assert_int_eq(
			    segment_write(s.fd, s.at - 1, "!", 1), 0);
	segment_scan_free(&s);
	close(s.fd);
	open_journal();

	c = journal_follow(journal, "mqtt");
	ck_assert_uint_eq(cursor_seq(c), COMMITS);
}
END_TEST

static Suite *
recovery_suite(void)
{
	Suite *s = suite_create("recovery");
	TCase *tc = tcase_create("recovery");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, make_four_commits, remove_store);
	tcase_add_test(tc, a_record_torn_at_any_byte_is_cut_off);
	tcase_add_test(
	    tc, any_flipped_bit_of_the_last_record_costs_only_that_record);
	tcase_add_test(tc, any_flipped_bit_at_all_is_survived);
	tcase_add_test(tc, a_flipped_bit_of_what_is_filled_costs_nothing);
	tcase_add_test(tc, a_file_cut_behind_its_last_record_has_lost_nothing);
	tcase_add_test(tc, a_record_torn_at_any_sectors_is_cut_off);
	tcase_add_test(tc, garbage_behind_the_last_record_is_cut_off);
	tcase_add_test(tc, zeroes_are_the_clean_end_of_a_file);
	tcase_add_test(
	    tc, a_damaged_record_in_the_middle_is_skipped_and_counted);
	tcase_add_test(tc, without_its_head_a_segment_is_left_alone);
	tcase_add_test(tc, without_its_names_a_segment_is_passed_over);
	tcase_add_test(tc, a_segment_of_a_newer_riser_is_left_alone);
	tcase_add_test(tc, a_segment_of_another_store_is_left_alone);
	tcase_add_test(tc, what_is_no_segment_is_left_alone);
	tcase_add_test(tc, a_half_made_segment_is_removed);
	tcase_add_test(tc, files_of_another_user_are_not_taken_for_damaged);
	tcase_add_test(tc, a_segment_that_vanishes_is_a_gap);
	tcase_add_test(tc, a_store_whose_data_was_removed_begins_again);
	tcase_add_test(tc,
	    a_cursor_ahead_of_the_data_keeps_its_seqs_from_being_used_again);
	tcase_add_test(tc, cursors_beyond_all_records_are_believed);
	tcase_add_test(tc, damaged_cursors_are_taken_from_an_older_segment);
	return s;
}

int
main(void)
{
	return suite_run(recovery_suite());
}
