/*
 * test_buf.c - buf, arena, err and utf8: texts and their memory
 */
#include <check.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/utf8.h"
#include "tests/suite.h"

START_TEST(a_growing_buf_takes_more_than_its_first_memory)
{
	struct buf b = {0};

	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%03d", i);

	ck_assert_uint_eq(b.len, 3000);
	ck_assert_uint_eq(strlen(b.data), 3000);
	ck_assert_int_eq(memcmp(b.data + 2997, "999", 3), 0);
	ck_assert(!b.full);
	buf_free(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(one_add_may_be_larger_than_several_doublings)
{
	struct buf b = {0};
	char *big = must_alloc(100001, 1);

	memset(big, 'x', 100000);
	buf_puts(&b, "a");
	buf_printf(&b, "%s", big);
	ck_assert_uint_eq(b.len, 100001);
	ck_assert_int_eq(b.data[100000], 'x');
	ck_assert_int_eq(b.data[100001], '\0');
	buf_free(&b);
	free(big);
}
END_TEST

START_TEST(adding_nothing_to_an_empty_buf_gives_an_empty_text)
{
	struct buf b = {0};

	buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.data, "");
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}
END_TEST

START_TEST(a_fixed_buf_takes_exactly_what_fits_with_its_nul)
{
	char memory[6];
	struct buf b;

	buf_fixed(&b, memory, sizeof(memory));
	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 42);
	ck_assert(!b.full);
	ck_assert_str_eq(memory, "abc42");
}
END_TEST

START_TEST(a_fixed_buf_writes_nothing_of_what_does_not_fit)
{
	char memory[6];
	struct buf b;

	buf_fixed(&b, memory, sizeof(memory));
	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 420);
	ck_assert(b.full);
	ck_assert_str_eq(memory, "abc");
	buf_puts(&b, "d"); /* would fit, but the text has a hole already */
	ck_assert_str_eq(memory, "abc");
	ck_assert_uint_eq(b.len, 3);
}
END_TEST

START_TEST(a_cleared_fixed_buf_can_be_used_again)
{
	char memory[4];
	struct buf b;

	buf_fixed(&b, memory, sizeof(memory));
	buf_puts(&b, "too long");
	buf_clear(&b);
	buf_puts(&b, "yes");
	ck_assert(!b.full);
	ck_assert_str_eq(memory, "yes");
	buf_free(&b);
	ck_assert_str_eq(memory, "yes"); /* forgotten, not freed */
}
END_TEST

START_TEST(bytes_may_hold_nul)
{
	struct buf b = {0};

	buf_add(&b, "a\0b", 3);
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "a\0b", 4);
	buf_free(&b);
}
END_TEST

START_TEST(arena_memory_is_zeroed_aligned_and_apart)
{
	struct arena *a = arena_new();
	uint8_t *last = NULL;

	for (size_t size = 1; size < 3000; size += 7) {
		uint8_t *memory = arena_alloc(a, size);

		ck_assert_uint_eq((uintptr_t)memory % 16, 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(memory[i], 0);
		memset(memory, 0xff, size);
		ck_assert_ptr_ne(memory, last);
		last = memory;
		ck_assert_str_eq(arena_text(a, "odd"), "odd");
	}
	arena_free(a);
}
END_TEST

START_TEST(an_arena_gives_more_than_a_block_at_once)
{
	struct arena *a = arena_new();
	uint64_t *many = arena_array(a, 100000, sizeof(*many));

	many[0] = many[99999] = 7;
	ck_assert_str_eq(arena_text(a, "still here"), "still here");
	ck_assert_uint_eq(many[99999], 7);
	arena_free(a);
}
END_TEST

START_TEST(an_arena_keeps_the_same_once)
{
	struct arena *a = arena_new();
	const char *kept[1000];
	char text[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		kept[i] = arena_text_once(a, text);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		ck_assert_str_eq(kept[i], text);
		ck_assert_ptr_eq(arena_text_once(a, text), kept[i]);
	}
	ck_assert_ptr_eq(arena_part_once(a, "123", 2), kept[12]);
	ck_assert_ptr_null(arena_text_once(a, NULL));
	arena_free(a);
}
END_TEST

/* "7" with its NUL is two bytes that a number could be. */
START_TEST(what_an_arena_shares_is_aligned_and_ends_where_it_ends)
{
	struct arena *a = arena_new();
	const char *text = arena_text_once(a, ""), *seven;
	const void *bytes;

	seven = arena_text_once(a, "7");
	bytes = arena_once(a, "7", 2);
	ck_assert_uint_eq((uintptr_t)bytes % alignof(max_align_t), 0);
	ck_assert_ptr_eq(arena_once(a, "7", 2), bytes);
	ck_assert_ptr_ne(arena_once(a, "78", 2), bytes);
	ck_assert_str_eq(arena_text_once(a, "78"), "78");
	ck_assert_ptr_nonnull(arena_once(a, NULL, 0));
	arena_settle(a);
	ck_assert_str_eq(text, "");
	ck_assert_str_eq(seven, "7");
	ck_assert_str_eq(arena_text_once(a, "7"), "7");
	arena_free(a);
}
END_TEST

START_TEST(an_arena_copies_text_and_leaves_null_alone)
{
	struct arena *a = arena_new();
	char text[] = "小区";
	char *copy = arena_text(a, text);

	text[0] = 'x';
	ck_assert_str_eq(copy, "小区");
	ck_assert_ptr_null(arena_text(a, NULL));
	arena_free(a);
	arena_free(NULL);
}
END_TEST

/* These two end with exit code 3 and a message, not with a wrapped size. */
START_TEST(an_array_too_large_for_a_size_ends_the_program)
{
	arena_array(arena_new(), SIZE_MAX / 2, 4);
}
END_TEST

START_TEST(growing_beyond_all_memory_ends_the_program)
{
	free(must_grow(NULL, SIZE_MAX / 2, 4));
}
END_TEST

START_TEST(grown_memory_keeps_its_contents)
{
	char *text = must_text("riser");

	text = must_grow(text, 5000, 2);
	ck_assert_str_eq(text, "riser");
	free(text);
}
END_TEST

START_TEST(err_set_says_why_and_returns_minus_one)
{
	struct err err;

	ck_assert_int_eq(err_set(&err, "%s:%d: no such bus", "a.yaml", 7), -1);
	ck_assert_str_eq(err.text, "a.yaml:7: no such bus");
	ck_assert_int_eq(err_set(NULL, "nobody listens"), -1);
}
END_TEST

START_TEST(err_set_may_wrap_its_own_text)
{
	struct err err;

	err_set(&err, "no such bus");
	err_set(&err, "a.yaml: %s (%s)", err.text, err.text);
	ck_assert_str_eq(err.text, "a.yaml: no such bus (no such bus)");
}
END_TEST

START_TEST(a_long_sentence_is_cut_between_characters)
{
	struct buf b = {0};
	struct err err;

	while (b.len < sizeof(err.text))
		buf_puts(&b, "区"); /* 3 bytes; 1023 is 341 of them */
	err_set(&err, "a%s", b.data);
	ck_assert_uint_eq(strlen(err.text), 1 + 340 * 3);
	ck_assert_str_eq(err.text + 1 + 339 * 3, "区");
	buf_free(&b);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len, expect;
} characters[] = {
    {"", 0, 0},
    {"a", 1, 1},
    {"\0", 1, 1},
    {"\x7f", 1, 1},
    {"\x80", 1, 0}, /* a tail without a head */
    {"\xbf", 1, 0},
    {"\xc0\x80", 2, 0}, /* overlong NUL */
    {"\xc1\xbf", 2, 0}, /* overlong DEL */
    {"\xc2\x80", 2, 2}, /* U+0080 */
    {"\xdf\xbf", 2, 2}, /* U+07FF */
    {"\xc2", 1, 0}, /* cut short */
    {"\xc2\x80", 1, 0}, /* the tail is there, but not ours */
    {"\xc2\x41", 2, 0},
    {"\xe0\x9f\xbf", 3, 0}, /* overlong U+07FF */
    {"\xe0\xa0\x80", 3, 3}, /* U+0800 */
    {"\xe4\xbd\xa0", 3, 3}, /* U+4F60 */
    {"\xe4\xbd\xa0", 2, 0},
    {"\xe4\x41\xa0", 3, 0},
    {"\xe4\xbd\x41", 3, 0},
    {"\xed\x9f\xbf", 3, 3}, /* U+D7FF */
    {"\xed\xa0\x80", 3, 0}, /* U+D800, a surrogate */
    {"\xed\xbf\xbf", 3, 0}, /* U+DFFF, a surrogate */
    {"\xee\x80\x80", 3, 3}, /* U+E000 */
    {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong U+FFFF */
    {"\xf0\x90\x80\x80", 4, 4}, /* U+10000 */
    {"\xf0\x9f\x98\x80", 3, 0},
    {"\xf4\x8f\xbf\xbf", 4, 4}, /* U+10FFFF */
    {"\xf4\x90\x80\x80", 4, 0}, /* U+110000 */
    {"\xf5\x80\x80\x80", 4, 0},
    {"\xff\xff\xff\xff", 4, 0},
};

START_TEST(a_character_is_judged)
{
	/* On the heap, so that a read past the end is caught. */
	size_t len = characters[_i].len;
	char *text =
	    memcpy(must_alloc(len > 0 ? len : 1, 1), characters[_i].bytes, len);

	ck_assert_uint_eq(utf8_char(text, len), characters[_i].expect);
	free(text);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len, expect;
} cuts[] = {
    {"", 0, 0},
    {"abc", 3, 3},
    {"a\xe4\xbd\xa0", 4, 4},
    {"a\xe4\xbd\xa0", 3, 1},
    {"a\xe4\xbd\xa0", 2, 1},
    {"\xf0\x9f\x98\x80", 3, 0},
    {"\xf0\x9f\x98\x80", 4, 4},
    {"a\xc2\xb0", 2, 1},
    {"\x80\x80\x80\x80\x80", 5, 5}, /* not text: cut anywhere */
    {"\x80\x80", 2, 2},
    {"a\x80\x80", 3, 3},
    {"\xff", 1, 1},
};

START_TEST(a_cut_falls_between_characters)
{
	ck_assert_uint_eq(
	    utf8_cut(cuts[_i].bytes, cuts[_i].len), cuts[_i].expect);
}
END_TEST

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static Suite *
make_suite(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("all");

	tcase_add_test(t, a_growing_buf_takes_more_than_its_first_memory);
	tcase_add_test(t, one_add_may_be_larger_than_several_doublings);
	tcase_add_test(t, adding_nothing_to_an_empty_buf_gives_an_empty_text);
	tcase_add_test(t, a_fixed_buf_takes_exactly_what_fits_with_its_nul);
	tcase_add_test(t, a_fixed_buf_writes_nothing_of_what_does_not_fit);
	tcase_add_test(t, a_cleared_fixed_buf_can_be_used_again);
	tcase_add_test(t, bytes_may_hold_nul);
	tcase_add_test(t, arena_memory_is_zeroed_aligned_and_apart);
	tcase_add_test(t, an_arena_gives_more_than_a_block_at_once);
	tcase_add_test(t, an_arena_keeps_the_same_once);
	tcase_add_test(
	    t, what_an_arena_shares_is_aligned_and_ends_where_it_ends);
	tcase_add_test(t, an_arena_copies_text_and_leaves_null_alone);
	tcase_add_exit_test(
	    t, an_array_too_large_for_a_size_ends_the_program, 3);
	tcase_add_exit_test(t, growing_beyond_all_memory_ends_the_program, 3);
	tcase_add_test(t, grown_memory_keeps_its_contents);
	tcase_add_test(t, err_set_says_why_and_returns_minus_one);
	tcase_add_test(t, err_set_may_wrap_its_own_text);
	tcase_add_test(t, a_long_sentence_is_cut_between_characters);
	tcase_add_loop_test(
	    t, a_character_is_judged, 0, (int)LENGTH(characters));
	tcase_add_loop_test(
	    t, a_cut_falls_between_characters, 0, (int)LENGTH(cuts));
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
