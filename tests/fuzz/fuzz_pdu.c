/*
 * fuzz_pdu.c - any bytes from a master, and what must hold of the answer
 *
 * The first byte says how the rest came: 0 a bare PDU, 1 as Modbus/TCP, else as
 * RTU, where what is no frame is looked at again as after silence.
 */
#include <assert.h>
#include <string.h>

#include "gateway/sim/frame.h"
#include "gateway/sim/pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bank *units[PDU_UNITS];

static void
check_reply(const struct pdu *q, const uint8_t *reply, size_t len)
{
	assert(len >= 2 && len <= PDU_MAX);
	if (reply[0] & 0x80) {
		assert(len == 2);
		assert(reply[0] == (q->function | 0x80));
		assert(reply[1] >= PDU_FUNCTION && reply[1] <= PDU_VALUE);
	} else if (q->write) {
		assert(len == 5);
	} else {
		assert(len == 2u + reply[1]);
	}
}

static void
answer(const uint8_t *pdu, size_t len, bool staging)
{
	uint8_t reply[PDU_MAX];
	struct pdu q;
	enum pdu_exception why = pdu_parse(pdu, len, &q);

	if (why != PDU_OK)
		len = pdu_refuse(&q, why, reply);
	else if (staging)
		len = pdu_stage(&q, units, reply);
	else
		len = pdu_serve(&q, units[1], reply);
	check_reply(&q, reply, len);
}

/* Takes frames until there is none; each must come out as it came in. */
static void
take_tcp(const uint8_t *bytes, size_t len)
{
	uint8_t again[FRAME_TCP_MAX];
	struct frame f;
	int n;

	for (; (n = frame_tcp_take(bytes, len, &f)) > 0; bytes += n) {
		assert((size_t)n <= len);
		len -= (size_t)n;
		assert(frame_tcp_write(&f, again) == (size_t)n);
		assert(memcmp(again, bytes, (size_t)n) == 0);
		answer(f.pdu, f.len, f.unit == PDU_STAGING_UNIT);
	}
}

static void
take_rtu(const uint8_t *bytes, size_t len)
{
	uint8_t again[FRAME_RTU_MAX];
	struct frame f;
	int n;

	for (; (n = frame_rtu_take(bytes, len, &f)) > 0; bytes += n) {
		assert((size_t)n <= len);
		len -= (size_t)n;
		assert(frame_rtu_write(&f, again) == (size_t)n);
		assert(memcmp(again, bytes, (size_t)n) == 0);
		answer(f.pdu, f.len, f.unit == PDU_STAGING_UNIT);
	}
	n = frame_rtu_rescue(bytes, len, &f);
	assert(n == 0 || (size_t)n == len);
	if (n > 0)
		answer(f.pdu, f.len, f.unit == PDU_STAGING_UNIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (units[1] == NULL) {
		units[1] = bank_new();
		bank_let(units[1], STAGES_OF_METER);
	}
	if (size == 0)
		return 0;
	if (data[0] == 0) {
		answer(data + 1, size - 1, false);
		answer(data + 1, size - 1, true);
	} else if (data[0] == 1) {
		take_tcp(data + 1, size - 1);
	} else {
		take_rtu(data + 1, size - 1);
	}
	return 0;
}
