/*
 * frame.c - PDUs on the wire
 *
 *	TCP	transaction 2, protocol 2 (0), length 2, unit 1, PDU
 *	RTU	unit 1, PDU, CRC 2 (low byte first)
 *
 * RTU ends a frame by silence, which a pseudo terminal does not keep.  So a
 * request is known by its length and CRC; silence only ends what is neither.
 */
#include "gateway/sim/frame.h"

#include <assert.h>
#include <string.h>

#define MBAP 7
#define RTU_EXTRA 3 /* unit and CRC */

uint16_t
frame_crc(const uint8_t *bytes, size_t len)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa001 : 0));
	}
	return crc;
}

int
frame_tcp_take(const uint8_t *bytes, size_t len, struct frame *f)
{
	size_t rest;

	if (len < MBAP)
		return 0;
	rest = (size_t)(bytes[4] << 8 | bytes[5]); /* unit and PDU */
	if (bytes[2] != 0 || bytes[3] != 0 || rest < 2 || rest > PDU_MAX + 1)
		return -1;
	if (len < MBAP - 1 + rest)
		return 0;
	f->transaction = (uint16_t)(bytes[0] << 8 | bytes[1]);
	f->unit = bytes[6];
	f->len = rest - 1;
	memcpy(f->pdu, bytes + MBAP, f->len);
	return (int)(MBAP - 1 + rest);
}

size_t
frame_tcp_write(const struct frame *f, uint8_t out[FRAME_TCP_MAX])
{
	const uint8_t head[MBAP] = {(uint8_t)(f->transaction >> 8),
	    (uint8_t)f->transaction, 0, 0, (uint8_t)((f->len + 1) >> 8),
	    (uint8_t)(f->len + 1), f->unit};

	assert(f->len <= PDU_MAX);
	memcpy(out, head, MBAP);
	memcpy(out + MBAP, f->pdu, f->len);
	return MBAP + f->len;
}

static bool
rtu_whole(const uint8_t *bytes, size_t len)
{
	uint16_t crc;

	if (len < RTU_EXTRA + 1 || len > FRAME_RTU_MAX)
		return false;
	crc = (uint16_t)(bytes[len - 2] | bytes[len - 1] << 8);
	return crc == frame_crc(bytes, len - 2);
}

static int
rtu_read(const uint8_t *bytes, size_t len, struct frame *f)
{
	f->transaction = 0;
	f->unit = bytes[0];
	f->len = len - RTU_EXTRA;
	memcpy(f->pdu, bytes + 1, f->len);
	return (int)len;
}

/* Bytes of the request that begins here; 0 if its function does not say. */
static size_t
rtu_length(const uint8_t *bytes, size_t len)
{
	if (len < 8) /* none is shorter */
		return 0;
	if (bytes[1] >= 1 && bytes[1] <= 6)
		return 8;
	if (bytes[1] == 15 || bytes[1] == 16)
		return 9u + bytes[6];
	return 0;
}

int
frame_rtu_take(const uint8_t *bytes, size_t len, struct frame *f)
{
	size_t whole = rtu_length(bytes, len);

	if (whole == 0 || whole > len || !rtu_whole(bytes, whole))
		return 0;
	return rtu_read(bytes, whole, f);
}

int
frame_rtu_rescue(const uint8_t *bytes, size_t len, struct frame *f)
{
	if (rtu_whole(bytes, len))
		return rtu_read(bytes, len, f);
	for (size_t i = 1; i < len; i++) {
		size_t rest = len - i;

		if (rtu_length(bytes + i, rest) != rest ||
		    !rtu_whole(bytes + i, rest))
			continue;
		rtu_read(bytes + i, rest, f);
		return (int)len;
	}
	return 0;
}

size_t
frame_rtu_write(const struct frame *f, uint8_t out[FRAME_RTU_MAX])
{
	uint16_t crc;

	assert(f->len <= PDU_MAX);
	out[0] = f->unit;
	memcpy(out + 1, f->pdu, f->len);
	crc = frame_crc(out, f->len + 1);
	out[f->len + 1] = (uint8_t)crc;
	out[f->len + 2] = (uint8_t)(crc >> 8);
	return f->len + RTU_EXTRA;
}

/* Of one character: start, eight data, parity if any, stop. */
static unsigned
char_bits(const struct driver_line *line)
{
	return 9u + (line->parity != 'N') + line->stop_bits;
}

int64_t
frame_wire_us(const struct driver_line *line, size_t bytes)
{
	return (int64_t)(bytes * char_bits(line) * 1000000 / line->baud);
}

int64_t
frame_gap_us(const struct driver_line *line)
{
	if (line->baud > 19200)
		return 1750; /* Modbus over serial line 1.02, 2.5.1.1 */
	return (int64_t)(char_bits(line) * 3500000 / line->baud);
}
