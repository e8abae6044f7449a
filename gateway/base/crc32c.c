/*
 * crc32c.c - CRC-32C (Castagnoli), eight bytes a step
 *
 * Slicing by 8: entry n of table k is what byte n does to the remainder when k
 * zero bytes follow it.  The remainder is linear in the bits of the byte, so a
 * table is spanned by its eight single bits, and the compiler builds the rest.
 *
 * Not the processor's instruction: the journal writes some KiB a second, and
 * one way for all machines is one way to test.
 */
#include "gateway/base/crc32c.h"

#include <endian.h>
#include <string.h>

/* All sums of x and any of the bits, the first bit varying fastest. */
#define SUMS1(x, a) (x), (x) ^ (a)
#define SUMS2(x, a, b) SUMS1(x, a), SUMS1((x) ^ (b), a)
#define SUMS3(x, a, b, c) SUMS2(x, a, b), SUMS2((x) ^ (c), a, b)
#define SUMS4(x, a, b, c, d) SUMS3(x, a, b, c), SUMS3((x) ^ (d), a, b, c)
#define SUMS5(x, a, b, c, d, e)                                                \
	SUMS4(x, a, b, c, d), SUMS4((x) ^ (e), a, b, c, d)
#define SUMS6(x, a, b, c, d, e, f)                                             \
	SUMS5(x, a, b, c, d, e), SUMS5((x) ^ (f), a, b, c, d, e)
#define SUMS7(x, a, b, c, d, e, f, g)                                          \
	SUMS6(x, a, b, c, d, e, f), SUMS6((x) ^ (g), a, b, c, d, e, f)
#define SUMS8(a, b, c, d, e, f, g, h)                                          \
	SUMS7(0u, a, b, c, d, e, f, g), SUMS7(0u ^ (h), a, b, c, d, e, f, g)

static const uint32_t table[8][256] = {
    {SUMS8(0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu, 0x105ec76fu,
	0x20bd8edeu, 0x417b1dbcu, 0x82f63b78u)},
    {SUMS8(0x13a29877u, 0x274530eeu, 0x4e8a61dcu, 0x9d14c3b8u, 0x3fc5f181u,
	0x7f8be302u, 0xff17c604u, 0xfbc3faf9u)},
    {SUMS8(0xa541927eu, 0x4f6f520du, 0x9edea41au, 0x38513ec5u, 0x70a27d8au,
	0xe144fb14u, 0xc76580d9u, 0x8b277743u)},
    {SUMS8(0xdd45aab8u, 0xbf672381u, 0x7b2231f3u, 0xf64463e6u, 0xe964b13du,
	0xd725148bu, 0xaba65fe7u, 0x52a0c93fu)},
    {SUMS8(0x38116facu, 0x7022df58u, 0xe045beb0u, 0xc5670b91u, 0x8f2261d3u,
	0x1ba8b557u, 0x37516aaeu, 0x6ea2d55cu)},
    {SUMS8(0xef306b19u, 0xdb8ca0c3u, 0xb2f53777u, 0x6006181fu, 0xc00c303eu,
	0x85f4168du, 0x0e045bebu, 0x1c08b7d6u)},
    {SUMS8(0x68032cc8u, 0xd0065990u, 0xa5e0c5d1u, 0x4e2dfd53u, 0x9c5bfaa6u,
	0x3d5b83bdu, 0x7ab7077au, 0xf56e0ef4u)},
    {SUMS8(0x493c7d27u, 0x9278fa4eu, 0x211d826du, 0x423b04dau, 0x847609b4u,
	0x0d006599u, 0x1a00cb32u, 0x34019664u)},
};

static uint32_t
add_byte(uint32_t crc, uint8_t byte)
{
	return table[0][(crc ^ byte) & 0xff] ^ crc >> 8;
}

static uint32_t
add_eight(uint32_t crc, const uint8_t bytes[8])
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	word = le64toh(word) ^ crc;
	return table[7][word & 0xff] ^ table[6][word >> 8 & 0xff] ^
	    table[5][word >> 16 & 0xff] ^ table[4][word >> 24 & 0xff] ^
	    table[3][word >> 32 & 0xff] ^ table[2][word >> 40 & 0xff] ^
	    table[1][word >> 48 & 0xff] ^ table[0][word >> 56];
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	crc = ~crc;
	for (; len >= 8; b += 8, len -= 8)
		crc = add_eight(crc, b);
	for (; len > 0; b++, len--)
		crc = add_byte(crc, *b);
	return ~crc;
}
