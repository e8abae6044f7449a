/*
 * test_modbus_frame.c - Modbus questions and answers as bytes
 */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "drivers/modbus_frame.h"
#include "tests/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static size_t
with_crc(const uint8_t *bytes, size_t len, uint8_t *out)
{
	uint16_t crc = modbus_frame_crc(bytes, len);

	memcpy(out, bytes, len);
	out[len] = (uint8_t)crc;
	out[len + 1] = (uint8_t)(crc >> 8);
	return len + 2;
}

static struct modbus_question
question(uint8_t unit, uint8_t space, uint16_t address, uint16_t count)
{
	struct driver_request r = {unit, space, address, count, 0};
	struct modbus_question q;

	modbus_frame_question(&q, &r);
	return q;
}

/* ---- questions ---- */

/* The Application Protocol's own examples, with the CRC of a serial line. */
static const struct {
	struct driver_request request;
	uint8_t bytes[8];
	uint8_t byte_count;
} questions[] = {
    {{0x11, SPACE_COIL, 0x13, 0x25, 0}, {0x11, 1, 0, 0x13, 0, 0x25, 0x0e, 0x84},
	5},
    {{0x11, SPACE_DISCRETE, 0xc4, 0x16, 0},
	{0x11, 2, 0, 0xc4, 0, 0x16, 0xba, 0xa9}, 3},
    {{0x11, SPACE_HOLDING, 0x6b, 3, 0}, {0x11, 3, 0, 0x6b, 0, 3, 0x76, 0x87},
	6},
    {{0x11, SPACE_INPUT, 8, 1, 0}, {0x11, 4, 0, 8, 0, 1, 0xb2, 0x98}, 2},
};

START_TEST(a_question_is_as_the_standard_has_it)
{
	struct modbus_question q;

	modbus_frame_question(&q, &questions[_i].request);
	ck_assert_mem_eq(q.bytes, questions[_i].bytes, sizeof(q.bytes));
	ck_assert_uint_eq(q.byte_count, questions[_i].byte_count);
}
END_TEST

START_TEST(no_question_has_a_function_that_writes)
{
	unsigned others = 0;

	for (unsigned space = 0; space < SPACE_COUNT; space++)
		for (unsigned address = 0; address < 0x10000; address++) {
			struct modbus_question q = question((uint8_t)address,
			    (uint8_t)space, (uint16_t)address, 1);

			others += q.bytes[1] < 1 || q.bytes[1] > 4;
		}
	ck_assert_uint_eq(others, 0);
}
END_TEST

/* Each is a bug of the caller, and ends the program. */
static const struct driver_request impossible[] = {
    {1, SPACE_COUNT, 0, 1, 0},
    {1, 255, 0, 1, 0},
    {1, SPACE_HOLDING, 0, 0, 0},
    {1, SPACE_HOLDING, 0, DRIVER_WORDS_MAX + 1, 0},
    {1, SPACE_INPUT, 0, 65535, 0},
    {1, SPACE_COIL, 0, DRIVER_BITS_MAX + 1, 0},
    {1, SPACE_HOLDING, 65535, 2, 0},
};

START_TEST(an_impossible_question_is_never_made)
{
	struct modbus_question q;

	modbus_frame_question(&q, &impossible[_i]);
}
END_TEST

/* ---- answers on a serial line ---- */

/* To unit 0x11's two holding registers at 5: what comes, without its CRC. */
static const struct {
	const char *what;
	enum modbus_frame_kind kind;
	size_t len;
	uint8_t bytes[32];
} frames[] = {
    {"the answer", MODBUS_FRAME_ANSWER, 7, {0x11, 3, 4, 1, 2, 3, 4}},
    {"noise, and the answer damaged", MODBUS_FRAME_DAMAGED, 9,
	{0xff, 0, 0x11, 3, 4, 1, 2, 3, 4}},
    {"a refusal", MODBUS_FRAME_REFUSAL, 3, {0x11, 0x83, 2}},
    {"a refusal without a code", MODBUS_FRAME_NONE, 3, {0x11, 0x83, 0}},
    {"a refusal of something else", MODBUS_FRAME_OTHER, 3, {0x11, 0x84, 2}},
    {"another unit's", MODBUS_FRAME_OTHER, 7, {0x12, 3, 4, 1, 2, 3, 4}},
    {"another function's", MODBUS_FRAME_OTHER, 7, {0x11, 4, 4, 1, 2, 3, 4}},
    {"a shorter one", MODBUS_FRAME_OTHER, 5, {0x11, 3, 2, 1, 2}},
    {"a longer one", MODBUS_FRAME_OTHER, 9, {0x11, 3, 6, 1, 2, 3, 4, 5, 6}},
    {"no data", MODBUS_FRAME_NONE, 3, {0x11, 3, 0}},
    {"a byte too few", MODBUS_FRAME_NONE, 6, {0x11, 3, 4, 1, 2, 3}},
    {"its echo", MODBUS_FRAME_NONE, 6, {0x11, 3, 0, 5, 0, 2}},
    {"a write's answer", MODBUS_FRAME_NONE, 6, {0x11, 6, 0, 5, 0, 2}},
    {"unit 0", MODBUS_FRAME_NONE, 7, {0, 3, 4, 1, 2, 3, 4}},
    {"unit 248", MODBUS_FRAME_NONE, 7, {248, 3, 4, 1, 2, 3, 4}},
};

START_TEST(a_frame_is_what_its_contents_say)
{
	struct modbus_question q = question(0x11, SPACE_HOLDING, 5, 2);
	uint8_t bytes[40];
	size_t len = with_crc(frames[_i].bytes, frames[_i].len, bytes);
	struct modbus_frame f = modbus_frame_rtu(&q, bytes, len);

	ck_assert_msg(
	    f.kind == frames[_i].kind, "%s: %d", frames[_i].what, f.kind);
	ck_assert_uint_eq(f.end,
	    f.kind == MODBUS_FRAME_NONE || f.kind == MODBUS_FRAME_DAMAGED
		? 0
		: len);
}
END_TEST

START_TEST(an_answer_is_found_behind_anything_and_ends_where_it_ends)
{
	struct modbus_question q = question(0x11, SPACE_HOLDING, 5, 2);
	static const uint8_t answer[] = {0x11, 3, 4, 1, 2, 3, 4};
	static const uint8_t before[] = {0x11, 3, 0x11, 0x83, 0x11, 0, 0xff};
	uint8_t bytes[64] = {0};

	for (size_t n = 0; n <= sizeof(before); n++) {
		size_t len = n;
		struct modbus_frame f;

		memcpy(bytes, before + sizeof(before) - n, n);
		len += with_crc(answer, sizeof(answer), bytes + n);
		f = modbus_frame_rtu(&q, bytes, len + 3); /* zeros behind */
		ck_assert_int_eq(f.kind, MODBUS_FRAME_ANSWER);
		ck_assert_uint_eq(f.end, len);
		ck_assert_ptr_eq(f.data, bytes + n + 3);
	}
}
END_TEST

START_TEST(an_answer_is_none_until_its_last_byte)
{
	struct modbus_question q = question(0x11, SPACE_HOLDING, 5, 2);
	static const uint8_t answer[] = {0x11, 3, 4, 1, 2, 3, 4};
	uint8_t bytes[16];
	size_t size = with_crc(answer, sizeof(answer), bytes);

	for (size_t len = 0; len < size; len++)
		ck_assert_int_eq(
		    modbus_frame_rtu(&q, bytes, len).kind, MODBUS_FRAME_NONE);
}
END_TEST

START_TEST(an_answer_with_any_bit_wrong_is_not_one)
{
	struct modbus_question q = question(0x11, SPACE_HOLDING, 5, 2);
	static const uint8_t answer[] = {0x11, 3, 4, 1, 2, 3, 4};
	uint8_t bytes[16];
	size_t size = with_crc(answer, sizeof(answer), bytes);

	for (size_t bit = 0; bit < size * 8; bit++) {
		enum modbus_frame_kind kind;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		kind = modbus_frame_rtu(&q, bytes, size).kind;
		/* Behind a right head it is known for what it is. */
		ck_assert_int_eq(
		    kind, bit < 24 ? MODBUS_FRAME_NONE : MODBUS_FRAME_DAMAGED);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

START_TEST(a_frame_inside_another_frames_data_is_not_seen)
{
	struct modbus_question q = question(0x11, SPACE_HOLDING, 5, 1);
	static const uint8_t inner[] = {0x11, 3, 2, 1, 2};
	uint8_t outer[16] = {0x12, 3, 8}, bytes[32];
	size_t len;

	with_crc(inner, sizeof(inner), outer + 3);
	len = with_crc(outer, 11, bytes);
	ck_assert_int_eq(
	    modbus_frame_rtu(&q, bytes, len).kind, MODBUS_FRAME_OTHER);
	ck_assert_uint_eq(modbus_frame_rtu(&q, bytes, len).end, len);

	q = question(0x12, SPACE_HOLDING, 5, 4); /* the answer, still coming */
	ck_assert_int_eq(
	    modbus_frame_rtu(&q, bytes, len - 1).kind, MODBUS_FRAME_NONE);
}
END_TEST

/* Questions whose echo has their answer's form: 3 bytes of bits at 0x03.. */
START_TEST(an_echo_that_looks_like_an_answer_is_an_echo)
{
	static const uint8_t answer[] = {0x11, 1, 3, 0xaa, 0xbb, 0x0c};

	for (uint16_t count = 17; count <= 24; count++) {
		struct modbus_question q =
		    question(0x11, SPACE_COIL, 0x0342, count);
		uint8_t bytes[16];
		size_t len;

		ck_assert_uint_eq(q.byte_count, q.bytes[2]);
		memcpy(bytes, q.bytes, 8);
		for (len = 0; len <= 8; len++)
			ck_assert_int_eq(modbus_frame_rtu(&q, bytes, len).kind,
			    MODBUS_FRAME_NONE);
		len = 8 + with_crc(answer, sizeof(answer), bytes + 8);
		ck_assert_int_eq(
		    modbus_frame_rtu(&q, bytes, len).kind, MODBUS_FRAME_ANSWER);
		bytes[6] ^= 1;
		ck_assert_int_eq(
		    modbus_frame_rtu(&q, bytes, 8).kind, MODBUS_FRAME_NONE);
	}
}
END_TEST

/* Every 51st address, as far into the echo as an answer could be whole. */
START_TEST(no_echo_of_any_question_answers_it)
{
	unsigned taken = 0, asked = 4 * (0x10000 / 51) * 32;

	for (unsigned i = 0; i < asked; i++) {
		struct modbus_question q = question((uint8_t)(1 + i % 247),
		    i % 4, (uint16_t)(i / 4 / 32 * 51), 1 + i / 4 % 32);

		for (size_t len = 5; len <= 8; len++)
			taken += modbus_frame_rtu(&q, q.bytes, len).end != 0;
	}
	ck_assert_uint_eq(taken, 0);
}
END_TEST

/* ---- answers on a connection ---- */

/* Question 0x0102 to unit 7's two holding registers. */
static const struct {
	const char *what;
	enum modbus_frame_kind kind;
	size_t len, end_or_need;
	uint8_t bytes[24];
} streams[] = {
    {"nothing", MODBUS_FRAME_NONE, 0, 6, {0}},
    {"five bytes", MODBUS_FRAME_NONE, 5, 6, {1, 2, 0, 0, 0}},
    {"the header", MODBUS_FRAME_NONE, 6, 13, {1, 2, 0, 0, 0, 7}},
    {"all but one", MODBUS_FRAME_NONE, 12, 13,
	{1, 2, 0, 0, 0, 7, 7, 3, 4, 1, 2, 3}},
    {"the answer", MODBUS_FRAME_ANSWER, 13, 13,
	{1, 2, 0, 0, 0, 7, 7, 3, 4, 1, 2, 3, 4}},
    {"a refusal", MODBUS_FRAME_REFUSAL, 9, 9, {1, 2, 0, 0, 0, 3, 7, 0x83, 2}},
    {"an older one", MODBUS_FRAME_OTHER, 13, 13,
	{1, 1, 0, 0, 0, 7, 7, 3, 4, 1, 2, 3, 4}},
    {"one 32767 older", MODBUS_FRAME_OTHER, 9, 9,
	{0x81, 3, 0, 0, 0, 3, 9, 0x83, 2}},
    {"an older one's header", MODBUS_FRAME_NONE, 6, 13, {1, 1, 0, 0, 0, 7}},
    {"a newer one", MODBUS_FRAME_BAD, 6, 0, {1, 3, 0, 0, 0, 7}},
    {"one 32768 older", MODBUS_FRAME_BAD, 6, 0, {0x81, 2, 0, 0, 0, 7}},
    {"another protocol", MODBUS_FRAME_BAD, 6, 0, {1, 2, 0, 1, 0, 7}},
    {"length 0", MODBUS_FRAME_BAD, 6, 0, {1, 2, 0, 0, 0, 0}},
    {"length 2", MODBUS_FRAME_BAD, 6, 0, {1, 2, 0, 0, 0, 2}},
    {"length 254", MODBUS_FRAME_NONE, 6, 260, {1, 2, 0, 0, 0, 254}},
    {"length 255", MODBUS_FRAME_BAD, 6, 0, {1, 2, 0, 0, 0, 255}},
    {"length 65535", MODBUS_FRAME_BAD, 6, 0, {1, 2, 0, 0, 255, 255}},
    {"an older one's length 255", MODBUS_FRAME_BAD, 6, 0, {1, 1, 0, 0, 0, 255}},
    {"another unit", MODBUS_FRAME_BAD, 13, 0,
	{1, 2, 0, 0, 0, 7, 8, 3, 4, 1, 2, 3, 4}},
    {"another function", MODBUS_FRAME_BAD, 13, 0,
	{1, 2, 0, 0, 0, 7, 7, 4, 4, 1, 2, 3, 4}},
    {"a write's answer", MODBUS_FRAME_BAD, 12, 0,
	{1, 2, 0, 0, 0, 6, 7, 6, 0, 5, 0, 2}},
    {"one register", MODBUS_FRAME_BAD, 11, 0,
	{1, 2, 0, 0, 0, 5, 7, 3, 2, 1, 2}},
    {"a byte count that is not its length", MODBUS_FRAME_BAD, 13, 0,
	{1, 2, 0, 0, 0, 7, 7, 3, 3, 1, 2, 3, 4}},
    {"a length that is not its byte count", MODBUS_FRAME_BAD, 14, 0,
	{1, 2, 0, 0, 0, 8, 7, 3, 4, 1, 2, 3, 4, 5}},
    {"a refusal that is too long", MODBUS_FRAME_BAD, 10, 0,
	{1, 2, 0, 0, 0, 4, 7, 0x83, 2, 0}},
    {"a refusal without a code", MODBUS_FRAME_BAD, 9, 0,
	{1, 2, 0, 0, 0, 3, 7, 0x83, 0}},
};

START_TEST(a_stream_is_what_its_header_and_contents_say)
{
	struct modbus_question q = question(7, SPACE_HOLDING, 5, 2);
	struct modbus_frame f =
	    modbus_frame_tcp(&q, 0x0102, streams[_i].bytes, streams[_i].len);

	ck_assert_msg(
	    f.kind == streams[_i].kind, "%s: %d", streams[_i].what, f.kind);
	ck_assert_uint_eq(f.kind == MODBUS_FRAME_NONE ? f.need : f.end,
	    streams[_i].end_or_need);
	ck_assert((f.fault != NULL) == (f.kind == MODBUS_FRAME_BAD));
}
END_TEST

START_TEST(nothing_in_a_stream_answers_a_question_that_is_not_there)
{
	struct modbus_frame f =
	    modbus_frame_tcp(NULL, 0x0102, streams[_i].bytes, streams[_i].len);

	ck_assert_msg(f.kind == MODBUS_FRAME_NONE ||
		f.kind == MODBUS_FRAME_OTHER || f.kind == MODBUS_FRAME_BAD,
	    "%s: %d", streams[_i].what, f.kind);
}
END_TEST

/* ---- values ---- */

START_TEST(bits_come_least_first_and_what_pads_them_is_dropped)
{
	struct modbus_question q = question(1, SPACE_COIL, 0, 19);
	static const uint8_t data[] = {0xcd, 0x6b, 0xff};
	struct modbus_frame f = {
	    .kind = MODBUS_FRAME_ANSWER, .byte_count = 3, .data = data};
	struct driver_reply r;

	modbus_frame_unpack(&q, &f, &r);
	ck_assert_uint_eq(r.word_count, 2);
	ck_assert_uint_eq(r.words[0], 0x6bcd);
	ck_assert_uint_eq(r.words[1], 0x0007);
}
END_TEST

START_TEST(registers_come_high_byte_first)
{
	struct modbus_question q = question(1, SPACE_INPUT, 0, 2);
	static const uint8_t data[] = {0x12, 0x34, 0xff, 0xfe};
	struct modbus_frame f = {
	    .kind = MODBUS_FRAME_ANSWER, .byte_count = 4, .data = data};
	struct driver_reply r;

	modbus_frame_unpack(&q, &f, &r);
	ck_assert_uint_eq(r.word_count, 2);
	ck_assert_uint_eq(r.words[0], 0x1234);
	ck_assert_uint_eq(r.words[1], 0xfffe);
}
END_TEST

START_TEST(a_refusal_has_a_code_and_no_words)
{
	struct modbus_question q = question(1, SPACE_INPUT, 0, 2);
	struct modbus_frame f = {.kind = MODBUS_FRAME_REFUSAL, .exception = 6};
	struct driver_reply r = {.word_count = 9};

	modbus_frame_unpack(&q, &f, &r);
	ck_assert_uint_eq(r.exception, 6);
	ck_assert_uint_eq(r.word_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("modbus_frame");
	TCase *t = tcase_create("frame");

	suite_add_tcase(s, t);
	tcase_add_loop_test(
	    t, a_question_is_as_the_standard_has_it, 0, ROWS(questions));
	tcase_add_test(t, no_question_has_a_function_that_writes);
	tcase_add_loop_test_raise_signal(t,
	    an_impossible_question_is_never_made, SIGABRT, 0, ROWS(impossible));
	tcase_add_loop_test(
	    t, a_frame_is_what_its_contents_say, 0, ROWS(frames));
	tcase_add_test(
	    t, an_answer_is_found_behind_anything_and_ends_where_it_ends);
	tcase_add_test(t, an_answer_is_none_until_its_last_byte);
	tcase_add_test(t, an_answer_with_any_bit_wrong_is_not_one);
	tcase_add_test(t, a_frame_inside_another_frames_data_is_not_seen);
	tcase_add_test(t, an_echo_that_looks_like_an_answer_is_an_echo);
	tcase_add_test(t, no_echo_of_any_question_answers_it);
	tcase_add_loop_test(
	    t, a_stream_is_what_its_header_and_contents_say, 0, ROWS(streams));
	tcase_add_loop_test(t,
	    nothing_in_a_stream_answers_a_question_that_is_not_there, 0,
	    ROWS(streams));
	tcase_add_test(t, bits_come_least_first_and_what_pads_them_is_dropped);
	tcase_add_test(t, registers_come_high_byte_first);
	tcase_add_test(t, a_refusal_has_a_code_and_no_words);
	return suite_run(s);
}
