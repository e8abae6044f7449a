/*
 * test_rice.c - columns of whole numbers, there and back
 */
#include <check.h>
#include <stdlib.h>

#include "gateway/store/rice.h"
#include "tests/suite.h"

static struct buf head, bits;
static uint64_t put[RICE_MAX], got[RICE_MAX];

static void
clear(void)
{
	buf_clear(&head);
	buf_clear(&bits);
}

static struct bytes
all_of(const struct buf *b)
{
	return (struct bytes){.at = (const uint8_t *)b->data,
	    .end = (const uint8_t *)b->data + b->len};
}

static void
there_and_back(uint32_t count)
{
	struct bytes h, b;

	clear();
	rice_put(&head, &bits, put, count);
	h = all_of(&head);
	b = all_of(&bits);
	rice_get(&h, &b, got, count);
	ck_assert(!h.bad && !b.bad);
	ck_assert_uint_eq(bytes_left(&h) + bytes_left(&b), 0);
	for (uint32_t i = 0; i < count; i++)
		ck_assert_uint_eq(got[i], put[i]);
}

static const uint64_t columns[][6] = {
    {0, 0, 0, 0, 0, 0},
    {1, 0, 0, 0, 0, 1},
    {1, 2, 3, 4, 5, 6},
    {1000000, 999999, 1000001, 0, 1000000, 1},
    {UINT64_MAX, 0, UINT64_MAX, 1, (uint64_t)1 << 63, 7},
    {RICE_FAR - 1, RICE_FAR, RICE_FAR + 1, 0, 0, 0},
    {0, 0, 0, 0, 0, UINT64_MAX},
};

START_TEST(what_was_put_comes_back)
{
	for (uint32_t i = 0; i < 6; i++)
		put[i] = columns[_i][i];
	for (uint32_t count = 0; count <= 6; count++)
		there_and_back(count);
}
END_TEST

START_TEST(any_numbers_come_back)
{
	srandom(3);
	for (int round = 0; round < 500; round++) {
		unsigned width = (unsigned)random() % 64;
		uint32_t count = (uint32_t)random() % (RICE_MAX + 1);

		for (uint32_t i = 0; i < count; i++) {
			put[i] = (uint64_t)random() << 33 ^ (uint64_t)random();
			put[i] = random() % 4 == 0 ? 0 : put[i] >> width;
		}
		there_and_back(count);
	}
}
END_TEST

/* Seventeen bits: less than eighteen and a half. */
START_TEST(noise_costs_little_more_than_it_has)
{
	for (uint32_t i = 0; i < RICE_MAX; i++)
		put[i] = (uint64_t)random() % (1 << 17);
	there_and_back(RICE_MAX);
	ck_assert_uint_lt(bits.len * 8, RICE_MAX * 37 / 2);
}
END_TEST

START_TEST(zeros_cost_nothing)
{
	for (uint32_t i = 0; i < RICE_MAX; i++)
		put[i] = 0;
	there_and_back(RICE_MAX);
	ck_assert_uint_eq(head.len, 1);
	ck_assert_uint_eq(bits.len, 0);
}
END_TEST

START_TEST(what_is_cut_short_is_bad)
{
	struct bytes h, b;

	clear();
	for (uint32_t i = 0; i < RICE_MAX; i++)
		put[i] = 12345 + i;
	rice_put(&head, &bits, put, RICE_MAX);
	h = all_of(&head);
	b = all_of(&bits);
	b.end--;
	rice_get(&h, &b, got, RICE_MAX);
	ck_assert(b.bad);
	ck_assert_uint_eq(got[0] + got[RICE_MAX - 1], 0);
}
END_TEST

START_TEST(any_head_and_bits_give_numbers_or_are_bad)
{
	struct bytes h, b;

	srandom(4);
	for (int round = 0; round < 256; round++) {
		clear();
		bytes_put_u8(&head, (uint8_t)round);
		for (int i = 0; i < 64; i++)
			bytes_put_u8(&bits, (uint8_t)random());
		h = all_of(&head);
		b = all_of(&bits);
		rice_get(&h, &b, got, 16);
		for (int i = 0; b.bad && i < 16; i++)
			ck_assert_uint_eq(got[i], 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rice");
	TCase *t = tcase_create("rice");

	tcase_add_loop_test(t, what_was_put_comes_back, 0,
	    sizeof(columns) / sizeof(columns[0]));
	tcase_add_test(t, any_numbers_come_back);
	tcase_add_test(t, noise_costs_little_more_than_it_has);
	tcase_add_test(t, zeros_cost_nothing);
	tcase_add_test(t, what_is_cut_short_is_bad);
	tcase_add_test(t, any_head_and_bits_give_numbers_or_are_bad);
	suite_add_tcase(s, t);
	return suite_run(s);
}
