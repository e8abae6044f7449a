/*
 * fuzz_modbus.c - any bytes after any question, and what must hold
 *
 * An input is a question of 8 bytes and then what came:
 *
 *	0      space; 0x80: on a connection
 *	1      unit
 *	2..3   address, high byte first
 *	4..5   count, high byte first; brought into its range
 *	6..7   connection: transaction id; serial line: from this byte on, a
 *	       CRC is put behind what came, for chance finds none
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/modbus_frame.h"

#define HEAD_BYTES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static struct modbus_question
question(const uint8_t *head)
{
	struct driver_request r = {.unit = head[1],
	    .space = head[0] % SPACE_COUNT,
	    .address = (uint16_t)be16(head + 2)};
	unsigned most = r.space == SPACE_COIL || r.space == SPACE_DISCRETE
	    ? DRIVER_BITS_MAX
	    : DRIVER_WORDS_MAX;
	struct modbus_question q;

	if (most > 0x10000u - r.address)
		most = 0x10000u - r.address;
	r.count = (uint16_t)(1 + be16(head + 4) % most);
	modbus_frame_question(&q, &r);
	assert(q.bytes[1] >= 1 && q.bytes[1] <= 4);
	return q;
}

static void
check_value(const struct modbus_question *q, const struct modbus_frame *f)
{
	struct driver_reply r;

	modbus_frame_unpack(q, f, &r);
	assert(r.word_count <= DRIVER_WORDS_MAX);
	assert((f->kind == MODBUS_FRAME_REFUSAL) == (r.exception != 0));
	assert((f->kind == MODBUS_FRAME_ANSWER) == (r.word_count != 0));
}

/* What stands before p[size] is q's answer, or its refusal. */
static void
check_answer(const struct modbus_question *q, const struct modbus_frame *f,
    const uint8_t *end)
{
	bool answer = f->kind == MODBUS_FRAME_ANSWER;
	const uint8_t *p = end - (answer ? 3 + q->byte_count : 3);

	assert(p[0] == q->bytes[0]);
	assert(p[1] == (answer ? q->bytes[1] : q->bytes[1] | 0x80));
	assert(answer ? p[2] == q->byte_count && f->data == p + 3 : p[2] != 0);
	check_value(q, f);
}

/* As a serial line's reader does it: frame after frame. */
static void
read_line(const struct modbus_question *q, const uint8_t *bytes, size_t len)
{
	for (;;) {
		struct modbus_frame f = modbus_frame_rtu(q, bytes, len);

		assert(f.kind != MODBUS_FRAME_BAD);
		if (f.kind == MODBUS_FRAME_NONE ||
		    f.kind == MODBUS_FRAME_DAMAGED) {
			assert(f.end == 0);
			return;
		}
		assert(f.end >= 5 && f.end <= len);
		if (f.kind != MODBUS_FRAME_OTHER) {
			const uint8_t *crc = bytes + f.end - 2;
			size_t size = 3u + f.byte_count;

			check_answer(q, &f, crc);
			assert(modbus_frame_crc(crc - size, size) ==
			    (crc[0] | crc[1] << 8));
		}
		bytes += f.end;
		len -= f.end;
	}
}

/* As a connection's reader does it: no byte more than a frame needs.  q is NULL
 * when nothing was asked. */
static void
read_stream(const struct modbus_question *q, uint16_t id, const uint8_t *bytes,
    size_t len)
{
	size_t have = 0;

	for (;;) {
		struct modbus_frame f = modbus_frame_tcp(q, id, bytes, have);

		if (f.kind == MODBUS_FRAME_NONE) {
			assert(f.need > have);
			assert(f.need <= MODBUS_FRAME_TCP_MAX);
			if (f.need > len)
				return;
			have = f.need;
			continue;
		}
		if (f.kind == MODBUS_FRAME_BAD) {
			assert(f.fault != NULL);
			return;
		}
		assert(f.end == have);
		if (f.kind != MODBUS_FRAME_OTHER) {
			assert(q != NULL && be16(bytes) == id);
			check_answer(q, &f, bytes + have);
			return;
		}
		bytes += have;
		len -= have;
		have = 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modbus_question q;
	uint8_t *bytes;
	size_t len;

	if (size < HEAD_BYTES)
		return 0;
	q = question(data);
	len = size - HEAD_BYTES;
	bytes = malloc(len + 2); /* of its own, so that a byte past it shows */
	if (data[0] & 0x80) {
		memcpy(bytes + 2, data + HEAD_BYTES, len);
		read_stream(&q, (uint16_t)be16(data + 6), bytes + 2, len);
		read_stream(NULL, (uint16_t)be16(data + 6), bytes + 2, len);
	} else {
		size_t from = be16(data + 6) % (len + 1);
		uint16_t crc =
		    modbus_frame_crc(data + HEAD_BYTES + from, len - from);

		memcpy(bytes, data + HEAD_BYTES, len);
		bytes[len] = (uint8_t)crc;
		bytes[len + 1] = (uint8_t)(crc >> 8);
		read_line(&q, bytes, len + 2);
	}
	free(bytes);
	return 0;
}
