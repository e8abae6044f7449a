/*
 * test_frame.c - frames found among any bytes
 */
#include "gateway/sim/frame.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const uint8_t read_one[] = {1, 3, 0, 0, 0, 1, 0x84, 0x0a};

static struct frame f;

START_TEST(the_crc_is_the_one_of_the_specification)
{
	ck_assert_uint_eq(frame_crc((const uint8_t *)"123456789", 9), 0x4b37);
	ck_assert_uint_eq(frame_crc(read_one, 6), 0x0a84);
}
END_TEST

/* ---- TCP ---- */

static const struct {
	const char *bytes;
	size_t len;
	int took;
} tcp[] = {
    {"", 0, 0},
    {"\0\1\0\0\0\6", 6, 0},
    {"\0\1\0\0\0\6\3\3\0\0\0", 11, 0}, /* one byte is missing */
    {"\0\1\0\0\0\6\3\3\0\0\0\1", 12, 12},
    {"\0\1\0\0\0\6\3\3\0\0\0\1\0\2", 14, 12}, /* the next one begins */
    {"\0\1\0\0\0\2\3\3", 8, 8},
    {"\0\1\0\1\0\6\3\3\0\0\0\1", 12, -1}, /* another protocol */
    {"\0\1\1\0\0\6\3\3\0\0\0\1", 12, -1},
    {"\0\1\0\0\0\0\3\3", 8, -1}, /* a unit and nothing */
    {"\0\1\0\0\0\1\3\3", 8, -1},
    {"\0\1\0\0\0\xff\3\3", 8, -1}, /* longer than a PDU can be */
    {"\0\1\0\0\1\6\3\3", 8, -1},
    {"GET / HTTP/1.1\r\n", 16, -1},
};

START_TEST(a_tcp_frame_is_taken_whole_or_not_at_all)
{
	ck_assert_int_eq(
	    frame_tcp_take((const uint8_t *)tcp[_i].bytes, tcp[_i].len, &f),
	    tcp[_i].took);
}
END_TEST

START_TEST(a_tcp_frame_goes_out_as_it_came)
{
	const uint8_t in[] = {0xab, 0xcd, 0, 0, 0, 6, 9, 3, 0, 1, 0, 2};
	uint8_t out[FRAME_TCP_MAX];

	ck_assert_int_eq(frame_tcp_take(in, sizeof(in), &f), 12);
	ck_assert_uint_eq(f.unit, 9);
	ck_assert_uint_eq(f.len, 5);
	ck_assert_uint_eq(frame_tcp_write(&f, out), sizeof(in));
	ck_assert_mem_eq(out, in, sizeof(in));
}
END_TEST

/* ---- RTU ---- */

START_TEST(a_request_is_known_by_its_length_and_crc)
{
	uint8_t two[16];

	memcpy(two, read_one, 8);
	memcpy(two + 8, read_one, 8);
	ck_assert_int_eq(frame_rtu_take(two, 16, &f), 8);
	ck_assert_uint_eq(f.unit, 1);
	ck_assert_uint_eq(f.len, 5);
	for (size_t len = 0; len < 8; len++)
		ck_assert_int_eq(frame_rtu_take(read_one, len, &f), 0);
}
END_TEST

START_TEST(a_damaged_request_is_no_request)
{
	for (size_t bit = 0; bit < sizeof(read_one) * 8; bit++) {
		uint8_t bad[sizeof(read_one)];

		memcpy(bad, read_one, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(frame_rtu_take(bad, sizeof(bad), &f), 0);
		ck_assert_int_eq(frame_rtu_rescue(bad, sizeof(bad), &f), 0);
	}
}
END_TEST

START_TEST(a_write_is_as_long_as_its_byte_count_says)
{
	struct frame in = {
	    .unit = 1, .len = 8, .pdu = {16, 0, 9, 0, 1, 2, 1, 2}};
	uint8_t bytes[FRAME_RTU_MAX];
	size_t len = frame_rtu_write(&in, bytes);

	ck_assert_uint_eq(len, 11);
	ck_assert_int_eq(frame_rtu_take(bytes, len - 1, &f), 0);
	ck_assert_int_eq(frame_rtu_take(bytes, len, &f), 11);
	ck_assert_mem_eq(f.pdu, in.pdu, 8);
}
END_TEST

START_TEST(behind_noise_silence_finds_the_request)
{
	uint8_t noisy[40 + sizeof(read_one)];

	memset(noisy, 0x03, 40);
	memcpy(noisy + 40, read_one, sizeof(read_one));
	ck_assert_int_eq(frame_rtu_take(noisy, sizeof(noisy), &f), 0);
	ck_assert_int_eq(
	    frame_rtu_rescue(noisy, sizeof(noisy), &f), sizeof(noisy));
	ck_assert_uint_eq(f.unit, 1);
	ck_assert_mem_eq(f.pdu, read_one + 1, 5);
}
END_TEST

START_TEST(after_silence_a_function_nobody_knows_is_a_frame_too)
{
	struct frame in = {.unit = 5, .len = 1, .pdu = {7}};
	uint8_t bytes[FRAME_RTU_MAX];
	size_t len = frame_rtu_write(&in, bytes);

	ck_assert_int_eq(frame_rtu_take(bytes, len, &f), 0);
	ck_assert_int_eq(frame_rtu_rescue(bytes, len, &f), (int)len);
	ck_assert_uint_eq(f.unit, 5);
	ck_assert_uint_eq(f.len, 1);
}
END_TEST

START_TEST(noise_alone_is_thrown_away)
{
	uint8_t noise[300];

	memset(noise, 0x10, sizeof(noise));
	for (size_t len = 0; len <= sizeof(noise); len += 3)
		ck_assert_int_eq(frame_rtu_rescue(noise, len, &f), 0);
}
END_TEST

/* ---- time ---- */

START_TEST(the_wire_takes_its_time)
{
	struct driver_line even = {.baud = 9600, .parity = 'E', .stop_bits = 1};
	struct driver_line none = {.baud = 9600, .parity = 'N', .stop_bits = 1};
	struct driver_line fast = {
	    .baud = 115200, .parity = 'N', .stop_bits = 2};

	ck_assert_int_eq(frame_wire_us(&even, 8), 9166); /* 11 bits each */
	ck_assert_int_eq(frame_wire_us(&none, 8), 8333); /* 10 */
	ck_assert_int_eq(frame_gap_us(&even), 4010);
	ck_assert_int_eq(frame_wire_us(&fast, 100), 9548);
	ck_assert_int_eq(frame_gap_us(&fast), 1750);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frame");
	TCase *t = tcase_create("frame");

	suite_add_tcase(s, t);
	tcase_add_test(t, the_crc_is_the_one_of_the_specification);
	tcase_add_loop_test(t, a_tcp_frame_is_taken_whole_or_not_at_all, 0,
	    (int)(sizeof(tcp) / sizeof(*tcp)));
	tcase_add_test(t, a_tcp_frame_goes_out_as_it_came);
	tcase_add_test(t, a_request_is_known_by_its_length_and_crc);
	tcase_add_test(t, a_damaged_request_is_no_request);
	tcase_add_test(t, a_write_is_as_long_as_its_byte_count_says);
	tcase_add_test(t, behind_noise_silence_finds_the_request);
	tcase_add_test(t, after_silence_a_function_nobody_knows_is_a_frame_too);
	tcase_add_test(t, noise_alone_is_thrown_away);
	tcase_add_test(t, the_wire_takes_its_time);
	return suite_run(s);
}
