/*
 * test_segment.c - reading a file of records past damage, on a disk that fails
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/store/segment.h"
#include "tests/suite.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define RECORDS 3
#define TRIES_MAX 1000

static int fd;
static int64_t begins[RECORDS + 1]; /* of each record, and the end */
static struct segment_scan scan;

/* ---- a disk with a bad sector: stands in for libc's ---- */

static int64_t bad_from = -1, bad_to;
static int bad_times;

ssize_t
pread(int from, void *bytes, size_t length, off_t at)
{
	if (bad_times != 0 && at < bad_to && at + (off_t)length > bad_from) {
		bad_times -= bad_times > 0;
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, from, bytes, length, at);
}

static void
break_disk(int64_t from, int64_t to, int times)
{
	bad_from = from;
	bad_to = to;
	bad_times = times;
}

/* ---- a file of three records ---- */

static void
put_record(uint64_t n, const void *body, size_t length)
{
	struct record_frame f = {
	    .type = RECORD_COMMIT, .seq = n * 10, .batches = 10};
	uint8_t frame[RECORD_FRAME_BYTES];
	int64_t at = begins[n - 1];

	record_frame_put(frame, &f, body, length);
	ck_assert_int_eq(segment_write(fd, at, frame, sizeof(frame)), 0);
	at += (int64_t)sizeof(frame);
	ck_assert_int_eq(segment_write(fd, at, body, length), 0);
	begins[n] = at + (int64_t)length;
}

static void
setup(void)
{
	static uint8_t body[6000];

	memset(body, 'x', sizeof(body));
	fd = memfd_create("segment", MFD_CLOEXEC);
	put_record(1, body, sizeof(body));
	put_record(2, body, sizeof(body));
	put_record(3, body, 10);
	scan = (struct segment_scan){.fd = fd, .end = begins[RECORDS]};
	bad_times = 0;
}

static void
teardown(void)
{
	segment_scan_free(&scan);
	close(fd);
}

static void
spoil(int64_t at)
{
	uint8_t byte;

	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0xff;
	ck_assert_int_eq(segment_write(fd, at, &byte, 1), 0);
}

/* The number of the next record, 0 at the end, -1. */
static int
next(void)
{
	int got = segment_scan_next(&scan);

	return got == 1 ? (int)(scan.frame.seq / 10) : got;
}

/* ---- names ---- */

START_TEST(a_name_is_read_back)
{
	static const uint64_t numbers[] = {0, 1, 99, UINT64_MAX};
	char name[SEGMENT_NAME_BYTES];
	uint64_t first;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		segment_name(name, numbers[i]);
		ck_assert_uint_eq(strlen(name), SEGMENT_NAME_BYTES - 1);
		ck_assert(segment_name_read(name, &first));
		ck_assert_uint_eq(first, numbers[i]);
	}
}
END_TEST

static const char *const bad_names[] = {
    "",
    ".",
    "next",
    "lock",
    "1.seg",
    "00000000000000000001",
    "00000000000000000001.seg~",
    "00000000000000000001.SEG",
    " 0000000000000000001.seg",
    "-0000000000000000001.seg",
    "99999999999999999999.seg",
    "000000000000000000001.seg",
};

START_TEST(another_name_is_no_segment)
{
	uint64_t first;

	ck_assert_msg(!segment_name_read(bad_names[_i], &first), "%s is taken",
	    bad_names[_i]);
}
END_TEST

/* ---- damage ---- */

START_TEST(records_come_in_order)
{
	for (int n = 1; n <= RECORDS; n++) {
		ck_assert_int_eq(next(), n);
		ck_assert_int_eq(scan.good_end, begins[n]);
	}
	ck_assert_int_eq(next(), 0);
	ck_assert_uint_eq(scan.damaged, 0);
	ck_assert_int_eq(scan.unknown, 0);
	ck_assert_uint_eq(scan.next_seq, 40);
}
END_TEST

START_TEST(nothing_is_read_beyond_the_end_given)
{
	scan.end = begins[1] + RECORD_FRAME_BYTES + 1;
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(next(), 0);
	scan.end = begins[2];
	ck_assert_int_eq(next(), 2);
	ck_assert_int_eq(next(), 0);
}
END_TEST

START_TEST(a_damaged_frame_costs_its_record)
{
	spoil(begins[1] + 9);
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(next(), 3);
	ck_assert_uint_eq(scan.damaged, 1);
}
END_TEST

START_TEST(a_damaged_body_costs_its_record)
{
	spoil(begins[1] + 1000);
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(next(), 3);
	ck_assert_uint_eq(scan.damaged, 1);
}
END_TEST

START_TEST(a_damaged_body_at_the_end_still_tells_its_seqs)
{
	spoil(begins[RECORDS] - 1);
	while (next() > 0)
		continue;
	ck_assert_uint_eq(scan.damaged, 1);
	ck_assert_int_eq(scan.good_end, begins[2]);
	ck_assert_uint_eq(scan.next_seq, 40);
	ck_assert_int_eq(scan.unknown, 0);
}
END_TEST

START_TEST(a_damaged_frame_at_the_end_is_unknown)
{
	spoil(begins[2]);
	while (next() > 0)
		continue;
	ck_assert_int_eq(scan.unknown, begins[3] - begins[2]);
	ck_assert_uint_eq(scan.next_seq, 30);
}
END_TEST

START_TEST(a_frame_is_found_wherever_it_stands_in_a_page)
{
	uint8_t frame[RECORD_FRAME_BYTES];
	struct record_frame f = {.seq = 50, .batches = 1};

	record_frame_put(frame, &f, "", 0);
	for (int64_t at = 1; at<2 * 4096 + 50; at += at % 4096> 4000 ? 1 : 97) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(
		    segment_write(fd, at, frame, sizeof(frame)), 0);
		scan.at = 0;
		scan.end = at + RECORD_FRAME_BYTES;
		ck_assert_int_eq(next(), 5);
		ck_assert_int_eq(scan.at, scan.end);
	}
}
END_TEST

START_TEST(a_magic_alone_is_no_frame)
{
	uint8_t many[400];

	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = record_magic[i % sizeof(record_magic)];
	ck_assert_int_eq(
	    segment_write(fd, begins[1] - 4, many, sizeof(many)), 0);
	ck_assert_int_eq(next(), 3);
	ck_assert_uint_eq(scan.damaged, 2);
}
END_TEST

/* ---- a disk that fails ---- */

START_TEST(a_read_that_fails_now_and_then_loses_nothing)
{
	static const int64_t places[] = {0, 100};

	for (size_t i = 0; i < COUNT(places); i++) {
		scan.at = 0;
		break_disk(places[i], places[i] + 1, 3);
		for (int k = 0; k < 3; k++) {
			errno = 0;
			ck_assert_int_eq(next(), -1);
			ck_assert_int_eq(errno, EIO);
		}
		ck_assert_int_eq(next(), 1);
		ck_assert_uint_eq(scan.damaged, 0);
	}
}
END_TEST

/* A bad sector at a place; the records that are lost with it. */
static const struct {
	int record, offset;
	bool lost[RECORDS];
} sectors[] = {
    {0, 0, {true, false, false}},
    {0, 2000, {true, false, false}},
    {1, 0, {false, true, false}},
    {1, 200, {false, true, false}},
    {2, 0, {false, false, true}},
    {2, RECORD_FRAME_BYTES, {false, false, true}},
};

START_TEST(a_bad_sector_does_not_stop_a_reader_for_ever)
{
	int64_t at = begins[sectors[_i].record] + sectors[_i].offset;
	bool seen[RECORDS] = {false};
	int got, tries = 0;

	break_disk(at, at + 1, -1);
	while ((got = next()) != 0) {
		ck_assert_int_lt(++tries, TRIES_MAX);
		if (got > 0)
			seen[got - 1] = true;
	}
	for (int i = 0; i < RECORDS; i++)
		ck_assert_int_eq(seen[i], !sectors[_i].lost[i]);
	ck_assert_uint_eq(scan.damaged + (scan.unknown > 0), 1);
}
END_TEST

START_TEST(a_file_that_shrank_just_ends)
{
	ck_assert_int_eq(ftruncate(fd, begins[1] + 100), 0);
	ck_assert_int_eq(next(), 1);
	ck_assert_int_eq(next(), 0);
	ck_assert_int_eq(ftruncate(fd, begins[1] + 10), 0);
	ck_assert_int_eq(next(), 0);
}
END_TEST

START_TEST(a_file_without_a_head_has_none)
{
	struct record_head head;

	ck_assert_int_eq(segment_scan_head(&scan, &head), -1);
	scan.at = scan.end;
	ck_assert_int_eq(segment_scan_head(&scan, &head), -1);
}
END_TEST

static Suite *
segment_suite(void)
{
	Suite *s = suite_create("segment");
	TCase *tc = tcase_create("segment");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_name_is_read_back);
	tcase_add_loop_test(
	    tc, another_name_is_no_segment, 0, (int)COUNT(bad_names));
	tcase_add_test(tc, records_come_in_order);
	tcase_add_test(tc, nothing_is_read_beyond_the_end_given);
	tcase_add_test(tc, a_damaged_frame_costs_its_record);
	tcase_add_test(tc, a_damaged_body_costs_its_record);
	tcase_add_test(tc, a_damaged_body_at_the_end_still_tells_its_seqs);
	tcase_add_test(tc, a_damaged_frame_at_the_end_is_unknown);
	tcase_add_test(tc, a_frame_is_found_wherever_it_stands_in_a_page);
	tcase_add_test(tc, a_magic_alone_is_no_frame);
	tcase_add_test(tc, a_read_that_fails_now_and_then_loses_nothing);
	tcase_add_loop_test(tc, a_bad_sector_does_not_stop_a_reader_for_ever, 0,
	    (int)COUNT(sectors));
	tcase_add_test(tc, a_file_that_shrank_just_ends);
	tcase_add_test(tc, a_file_without_a_head_has_none);
	return s;
}

int
main(void)
{
	return suite_run(segment_suite());
}
