/*
 * test_bytes.c - numbers as bytes, of every length, at the end of what there is
 */
#include <check.h>

#include "gateway/store/bytes.h"
#include "tests/suite.h"

static char memory[2 * BYTES_V_MAX];

/* A number of so many bits, all of them set, or only the highest. */
static uint64_t
number(int bits, bool all)
{
	uint64_t highest = bits > 0 ? (uint64_t)1 << (bits - 1) : 0;

	return all ? highest | (highest - (highest > 0)) : highest;
}

static size_t
length_of(int bits)
{
	return bits > 7 ? ((size_t)bits + 6) / 7 : 1;
}

static struct bytes
all_of(const struct buf *b)
{
	return (struct bytes){.at = (const uint8_t *)b->data,
	    .end = (const uint8_t *)b->data + b->len};
}

/* With room for it and the NUL, and for more. */
START_TEST(a_number_comes_back)
{
	for (size_t room = length_of(_i) + 1; room <= sizeof(memory); room++)
		for (int all = 0; all < 2; all++) {
			uint64_t x = number(_i, all != 0);
			struct bytes in;
			struct buf out;

			buf_fixed(&out, memory, room);
			bytes_put_v(&out, x);
			ck_assert(!out.full);
			ck_assert_uint_eq(out.len, length_of(_i));
			ck_assert_int_eq(out.data[out.len], '\0');
			in = all_of(&out);
			ck_assert_uint_eq(bytes_get_v(&in), x);
			ck_assert(!in.bad);
			ck_assert_uint_eq(bytes_left(&in), 0);
		}
}
END_TEST

START_TEST(one_that_does_not_fit_is_not_put)
{
	for (size_t room = 1; room <= length_of(_i); room++) {
		struct buf out;

		buf_fixed(&out, memory, room);
		bytes_put_v(&out, number(_i, true));
		ck_assert(out.full);
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

START_TEST(one_that_is_cut_short_is_bad_and_so_is_what_follows)
{
	uint64_t x = number(_i, true);
	const uint8_t *begin = (const uint8_t *)memory;
	size_t length = (size_t)(bytes_write_v((uint8_t *)memory, x) - begin);

	ck_assert_uint_eq(length, length_of(_i));
	for (size_t left = 0; left < length; left++) {
		struct bytes in = {.at = begin, .end = begin + left};

		ck_assert_uint_eq(bytes_get_v(&in), 0);
		ck_assert(in.bad);
		ck_assert_uint_eq(bytes_get_u8(&in), 0);
		ck_assert_uint_eq(bytes_get_v(&in), 0);
	}
}
END_TEST

START_TEST(more_than_64_bits_are_bad)
{
	uint8_t most[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 1};
	struct bytes in = {.at = most, .end = most + sizeof(most)};

	ck_assert_uint_eq(bytes_get_v(&in), UINT64_MAX);
	ck_assert(!in.bad);
	for (int last = 2; last < 256; last++) {
		most[sizeof(most) - 1] = (uint8_t)last;
		in = (struct bytes){.at = most, .end = most + sizeof(most)};
		ck_assert_uint_eq(bytes_get_v(&in), 0);
		ck_assert(in.bad);
	}
}
END_TEST

START_TEST(a_sign_is_folded_into_the_lowest_bit)
{
	static const int64_t numbers[] = {
	    0, -1, 1, -2, 2, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t x = (uint64_t)numbers[i];
		struct bytes in = {.at = (const uint8_t *)memory};

		in.end = bytes_write_z((uint8_t *)memory, x);
		ck_assert_uint_eq(bytes_get_z(&in), x);
		ck_assert(i >= 5 || bytes_fold(x) == i);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bytes");
	TCase *t = tcase_create("bytes");

	tcase_add_loop_test(t, a_number_comes_back, 0, 65);
	tcase_add_loop_test(t, one_that_does_not_fit_is_not_put, 0, 65);
	tcase_add_loop_test(
	    t, one_that_is_cut_short_is_bad_and_so_is_what_follows, 0, 65);
	tcase_add_test(t, more_than_64_bits_are_bad);
	tcase_add_test(t, a_sign_is_folded_into_the_lowest_bit);
	suite_add_tcase(s, t);
	return suite_run(s);
}
