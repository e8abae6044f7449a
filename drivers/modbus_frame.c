/*
 * modbus_frame.c - see modbus_frame.h
 *
 * An RTU frame has neither a start mark nor an id, and pauses between bytes
 * mean nothing behind a USB adapter, which hands them over in lumps.  So the
 * scanner looks for the answer by its contents, at every offset:
 *
 *	unit  function       byte count  data ...  CRC
 *	unit  function|0x80  code                  CRC
 *
 * with unit, function and byte count as asked for.  What stands before it is
 * passed over: noise, the echo of our own question, others' frames.  A sound
 * frame of somebody else is passed over whole, for its data may look like
 * anything.
 *
 * The echo of a question for 17 to 24 bits from 0x0300 on has the form of its
 * own answer.  What repeats our question byte for byte is always taken for the
 * echo: better no value than a wrong one.
 *
 * A TCP frame stands where the one before it ended:
 *
 *	transaction id  protocol 0  length  unit  function  ...
 *
 * so there everything has to be right, and only an answer to an older question
 * is passed over.
 */
#include <assert.h>
#include <string.h>

#include "drivers/modbus_frame.h"

#define EXCEPTION_BIT 0x80
#define FUNCTION_BITS 0x7f
#define EXCEPTION_RTU 5 /* unit, function, code, CRC */
#define HEAD_RTU 3 /* unit, function, byte count */
#define HEAD_MBAP 6 /* transaction, protocol, length */
#define UNIT_MAX 247 /* of a serial line */

/* All that may ever leave: four reads. */
static const uint8_t functions[] = {
    [SPACE_COIL] = 1,
    [SPACE_DISCRETE] = 2,
    [SPACE_INPUT] = 4,
    [SPACE_HOLDING] = 3,
};
_Static_assert(sizeof(functions) == SPACE_COUNT, "one read a space");

/* CRC-16/MODBUS, bit by bit: frames are short and the wire is slow. */
uint16_t
modbus_frame_crc(const uint8_t *bytes, size_t len)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

static uint16_t
be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool
is_bits(const struct driver_request *r)
{
	return r->space == SPACE_COIL || r->space == SPACE_DISCRETE;
}

void
modbus_frame_question(struct modbus_question *q, const struct driver_request *r)
{
	uint16_t crc;

	assert(r->space < SPACE_COUNT);
	assert(r->count >= 1);
	assert(r->count <= (is_bits(r) ? DRIVER_BITS_MAX : DRIVER_WORDS_MAX));
	assert(r->address + r->count <= 0x10000);

	q->request = *r;
	q->byte_count =
	    (uint8_t)(is_bits(r) ? (r->count + 7) / 8 : r->count * 2);
	q->bytes[0] = r->unit;
	q->bytes[1] = functions[r->space];
	q->bytes[2] = (uint8_t)(r->address >> 8);
	q->bytes[3] = (uint8_t)r->address;
	q->bytes[4] = (uint8_t)(r->count >> 8);
	q->bytes[5] = (uint8_t)r->count;
	crc = modbus_frame_crc(q->bytes, MODBUS_FRAME_ASKED);
	q->bytes[6] = (uint8_t)crc;
	q->bytes[7] = (uint8_t)(crc >> 8);
}

static bool
crc_right(const uint8_t *p, size_t size)
{
	/* Low byte first, unlike all else in Modbus. */
	return modbus_frame_crc(p, size - 2) ==
	    (p[size - 2] | p[size - 1] << 8);
}

/* Whether p starts with a sound reply to a read, anybody's. */
static bool
is_reply(const uint8_t *p, size_t len, struct modbus_frame *f)
{
	bool exception;
	size_t size = EXCEPTION_RTU;

	if (len < size || p[0] == 0 || p[0] > UNIT_MAX || p[2] == 0)
		return false;
	exception = (p[1] & EXCEPTION_BIT) != 0;
	*f = (struct modbus_frame){
	    .unit = p[0], .function = p[1] & FUNCTION_BITS};
	if (f->function < 1 || f->function > 4)
		return false;
	if (exception) {
		f->exception = p[2];
	} else {
		f->byte_count = p[2];
		f->data = p + HEAD_RTU;
		size += p[2];
	}
	f->end = size;
	return len >= size && crc_right(p, size);
}

static enum modbus_frame_kind
kind_of(const struct modbus_question *q, const struct modbus_frame *f)
{
	if (f->unit != q->bytes[0] || f->function != q->bytes[1])
		return MODBUS_FRAME_OTHER;
	if (f->data == NULL)
		return MODBUS_FRAME_REFUSAL;
	return f->byte_count == q->byte_count ? MODBUS_FRAME_ANSWER
					      : MODBUS_FRAME_OTHER;
}

/* Whether p starts as the answer must. */
static bool
is_answers_head(const struct modbus_question *q, const uint8_t *p, size_t len)
{
	return len >= HEAD_RTU && memcmp(p, q->bytes, 2) == 0 &&
	    p[2] == q->byte_count;
}

/* Whether p repeats the question, as far as p goes. */
static bool
is_echo(const struct modbus_question *q, const uint8_t *p, size_t len)
{
	size_t size = len < sizeof(q->bytes) ? len : sizeof(q->bytes);

	return memcmp(p, q->bytes, size) == 0;
}

struct modbus_frame
modbus_frame_rtu(
    const struct modbus_question *q, const uint8_t *bytes, size_t len)
{
	enum modbus_frame_kind kind = MODBUS_FRAME_NONE;
	struct modbus_frame f;

	for (size_t at = 0; at < len; at++) {
		const uint8_t *p = bytes + at;
		size_t left = len - at;

		if (is_echo(q, p, left)) {
			if (left < sizeof(q->bytes))
				break; /* the rest will tell */
			at += sizeof(q->bytes) - 1;
			continue;
		}
		if (is_reply(p, left, &f)) {
			f.kind = kind_of(q, &f);
			f.end += at;
			return f;
		}
		if (!is_answers_head(q, p, left))
			continue;
		if (left < (size_t)HEAD_RTU + q->byte_count + 2)
			break; /* nothing inside it may be taken for a frame */
		/* The question's first four bytes: a damaged echo, rather. */
		if (memcmp(p, q->bytes, 4) != 0)
			kind = MODBUS_FRAME_DAMAGED;
	}
	return (struct modbus_frame){.kind = kind};
}

static struct modbus_frame
bad(const char *fault)
{
	return (struct modbus_frame){.kind = MODBUS_FRAME_BAD, .fault = fault};
}

/* The unit and what follows, where the MBAP header was right. */
static struct modbus_frame
judge_pdu(const struct modbus_question *q, const uint8_t *p, size_t len)
{
	struct modbus_frame f = {
	    .unit = p[0],
	    .function = p[1] & FUNCTION_BITS,
	    .end = HEAD_MBAP + len,
	};

	if (f.unit != q->bytes[0])
		return bad("another unit answered");
	if (f.function != q->bytes[1])
		return bad("an answer to another function");
	if (p[1] & EXCEPTION_BIT) {
		if (len != HEAD_RTU || p[2] == 0)
			return bad("a malformed exception");
		f.kind = MODBUS_FRAME_REFUSAL;
		f.exception = p[2];
		return f;
	}
	if (p[2] != q->byte_count || len != (size_t)HEAD_RTU + q->byte_count)
		return bad("an answer of a wrong length");
	f.kind = MODBUS_FRAME_ANSWER;
	f.byte_count = p[2];
	f.data = p + HEAD_RTU;
	return f;
}

struct modbus_frame
modbus_frame_tcp(const struct modbus_question *q, uint16_t id,
    const uint8_t *bytes, size_t len)
{
	struct modbus_frame f = {.need = HEAD_MBAP};
	size_t length;
	uint16_t age;

	if (len < HEAD_MBAP)
		return f;
	length = be16(bytes + 4);
	if (be16(bytes + 2) != 0)
		return bad("not Modbus: the protocol id is not 0");
	if (length < 3 || length > MODBUS_FRAME_TCP_MAX - HEAD_MBAP)
		return bad("an impossible length");
	age = (uint16_t)(id - be16(bytes));
	if (age > INT16_MAX)
		return bad("an answer to a question never asked");
	f.need = HEAD_MBAP + length;
	if (len < f.need)
		return f;
	if (age == 0 && q != NULL)
		return judge_pdu(q, bytes + HEAD_MBAP, length);
	f.kind = MODBUS_FRAME_OTHER;
	f.end = f.need;
	return f;
}

void
modbus_frame_unpack(const struct modbus_question *q,
    const struct modbus_frame *f, struct driver_reply *r)
{
	unsigned count = q->request.count;

	*r = (struct driver_reply){.exception = f->exception};
	if (f->kind != MODBUS_FRAME_ANSWER)
		return;
	if (!is_bits(&q->request)) {
		r->word_count = (uint16_t)count;
		for (unsigned i = 0; i < count; i++)
			r->words[i] = be16(f->data + 2 * i);
		return;
	}
	r->word_count = (uint16_t)((count + 15) / 16);
	for (unsigned i = 0; i < f->byte_count; i++)
		r->words[i / 2] |= (uint16_t)(f->data[i] << i % 2 * 8);
	if (count % 16 != 0) /* what pads the last byte is the device's whim */
		r->words[count / 16] &= (uint16_t)((1u << count % 16) - 1);
}
