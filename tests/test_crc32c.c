/*
 * test_crc32c.c - the journal's checksum against published values and against
 * the definition, bit by bit
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/crc32c.h"
#include "tests/suite.h"

static uint8_t bytes[300];

static void
fill(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(x >> 24);
	}
}

/* The definition: one bit a step. */
static uint32_t
crc_by_bits(const uint8_t *b, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= b[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

START_TEST(the_check_value_is_right)
{
	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
}
END_TEST

START_TEST(nothing_changes_nothing)
{
	ck_assert_uint_eq(crc32c(0, NULL, 0), 0);
	ck_assert_uint_eq(crc32c(0xe3069283, NULL, 0), 0xe3069283);
}
END_TEST

/* RFC 3720, B.4; its bytes are in the order of the wire. */
START_TEST(the_values_of_iscsi_are_right)
{
	uint8_t block[32];

	memset(block, 0, sizeof(block));
	ck_assert_uint_eq(crc32c(0, block, sizeof(block)), 0x8a9136aa);
	memset(block, 0xff, sizeof(block));
	ck_assert_uint_eq(crc32c(0, block, sizeof(block)), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof(block); i++)
		block[i] = i;
	ck_assert_uint_eq(crc32c(0, block, sizeof(block)), 0x46dd794e);
	for (uint8_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(31 - i);
	ck_assert_uint_eq(crc32c(0, block, sizeof(block)), 0x113fdb5c);
}
END_TEST

START_TEST(every_length_at_every_alignment_agrees_with_the_definition)
{
	for (size_t start = 0; start < 8; start++)
		for (size_t len = 0; start + len <= sizeof(bytes); len++)
			ck_assert_uint_eq(crc32c(0, bytes + start, len),
			    crc_by_bits(bytes + start, len));
}
END_TEST

/* Reaches each entry of the eight tables. */
START_TEST(every_byte_at_every_place_agrees_with_the_definition)
{
	uint8_t block[8];

	for (size_t place = 0; place < 8; place++)
		for (unsigned byte = 0; byte < 256; byte++) {
			memset(block, 0xff, sizeof(block));
			block[place] = (uint8_t)byte;
			ck_assert_uint_eq(
			    crc32c(0, block, 8), crc_by_bits(block, 8));
		}
}
END_TEST

START_TEST(pieces_chain_to_the_whole)
{
	uint32_t whole = crc32c(0, bytes, sizeof(bytes));

	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		uint32_t crc = crc32c(0, bytes, cut);

		crc = crc32c(crc, bytes + cut, sizeof(bytes) - cut);
		ck_assert_uint_eq(crc, whole);
	}
}
END_TEST

START_TEST(each_flipped_bit_shows)
{
	uint32_t whole = crc32c(0, bytes, sizeof(bytes));

	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_uint_ne(crc32c(0, bytes, sizeof(bytes)), whole);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("crc32c");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, fill, NULL);
	tcase_add_test(t, the_check_value_is_right);
	tcase_add_test(t, nothing_changes_nothing);
	tcase_add_test(t, the_values_of_iscsi_are_right);
	tcase_add_test(
	    t, every_length_at_every_alignment_agrees_with_the_definition);
	tcase_add_test(t, every_byte_at_every_place_agrees_with_the_definition);
	tcase_add_test(t, pieces_chain_to_the_whole);
	tcase_add_test(t, each_flipped_bit_shows);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
