/*
 * pdu.c - a Modbus request in, its reply out
 *
 *	reads  1-4	function, address, count
 *	write  5, 6	function, address, value		(echoed)
 *	write 15, 16	function, address, count, bytes, data	(5 bytes echoed)
 *
 * All numbers have 16 bits, high byte first, but for the single byte count.
 */
#include "gateway/sim/pdu.h"

#include <assert.h>
#include <string.h>

#define READ_REGISTERS_MAX 125
#define READ_BITS_MAX 2000
#define WRITE_REGISTERS_MAX 123
#define WRITE_BITS_MAX 1968
#define COIL_ON 0xff00

static const struct {
	uint8_t function;
	bool write;
	enum driver_space space;
	uint16_t count_max;
} functions[] = {
    {1, false, SPACE_COIL, READ_BITS_MAX},
    {2, false, SPACE_DISCRETE, READ_BITS_MAX},
    {3, false, SPACE_HOLDING, READ_REGISTERS_MAX},
    {4, false, SPACE_INPUT, READ_REGISTERS_MAX},
    {5, true, SPACE_COIL, 1},
    {6, true, SPACE_HOLDING, 1},
    {15, true, SPACE_COIL, WRITE_BITS_MAX},
    {16, true, SPACE_HOLDING, WRITE_REGISTERS_MAX},
};

static uint16_t
get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void
put16(uint8_t *bytes, uint16_t v)
{
	bytes[0] = (uint8_t)(v >> 8);
	bytes[1] = (uint8_t)v;
}

static bool
is_bits(const struct pdu *q)
{
	return q->space == SPACE_COIL || q->space == SPACE_DISCRETE;
}

static uint16_t
data_bytes(const struct pdu *q)
{
	return (uint16_t)(is_bits(q) ? (q->count + 7) / 8 : q->count * 2);
}

/* Function codes 5 and 6. */
static bool
parse_single(const uint8_t *bytes, struct pdu *q)
{
	uint16_t value = get16(bytes + 3);

	q->count = 1;
	q->words[0] = value;
	if (q->function != 5)
		return true;
	q->words[0] = value == COIL_ON;
	return value == COIL_ON || value == 0;
}

/* Function codes 15 and 16; the count was judged. */
static bool
parse_data(const uint8_t *bytes, size_t len, struct pdu *q)
{
	uint16_t size = data_bytes(q);

	if (len != 6u + size || bytes[5] != size)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!is_bits(q))
			q->words[i / 2] =
			    (uint16_t)(q->words[i / 2] << 8 | bytes[6 + i]);
		else
			q->words[i / 2] |=
			    (uint16_t)(bytes[6 + i] << i % 2 * 8);
	return true;
}

enum pdu_exception
pdu_parse(const uint8_t *bytes, size_t len, struct pdu *q)
{
	uint16_t count_max = 0;

	*q = (struct pdu){.function = len > 0 ? bytes[0] : 0};
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (functions[i].function != q->function)
			continue;
		q->write = functions[i].write;
		q->space = functions[i].space;
		count_max = functions[i].count_max;
	}
	if (count_max == 0)
		return PDU_FUNCTION;
	if (len < 5 || len > PDU_MAX || (q->function < 15 && len != 5))
		return PDU_VALUE;
	q->address = get16(bytes + 1);
	if (q->function == 5 || q->function == 6)
		return parse_single(bytes, q) ? PDU_OK : PDU_VALUE;
	q->count = get16(bytes + 3);
	if (q->count == 0 || q->count > count_max)
		return PDU_VALUE;
	if (q->write && !parse_data(bytes, len, q))
		return PDU_VALUE;
	return q->address + q->count > BANK_REGISTERS ? PDU_ADDRESS : PDU_OK;
}

size_t
pdu_refuse(const struct pdu *q, enum pdu_exception why, uint8_t reply[PDU_MAX])
{
	assert(why != PDU_OK);
	reply[0] = q->function | 0x80;
	reply[1] = (uint8_t)why;
	return 2;
}

static size_t
reply_read(const struct pdu *q, const uint16_t *words, uint8_t *reply)
{
	uint16_t size = data_bytes(q);

	reply[0] = q->function;
	reply[1] = (uint8_t)size;
	for (size_t i = 0; i < size; i++)
		if (is_bits(q))
			reply[2 + i] = (uint8_t)(words[i / 2] >> i % 2 * 8);
		else
			reply[2 + i] =
			    (uint8_t)(words[i / 2] >> (1 - i % 2) * 8);
	return 2u + size;
}

static size_t
reply_written(const struct pdu *q, uint8_t *reply)
{
	uint16_t said = q->count;

	if (q->function == 5)
		said = q->words[0] ? COIL_ON : 0;
	else if (q->function == 6)
		said = q->words[0];
	reply[0] = q->function;
	put16(reply + 1, q->address);
	put16(reply + 3, said);
	return 5;
}

static uint16_t
word_of(const struct pdu *q, size_t i)
{
	if (is_bits(q))
		return (uint16_t)(q->words[i / 16] >> i % 16 & 1);
	return q->words[i];
}

size_t
pdu_serve(const struct pdu *q, struct bank *b, uint8_t reply[PDU_MAX])
{
	uint16_t words[125];

	_Static_assert(READ_BITS_MAX / 16 <= 125, "bits fit into words");
	if (!q->write) {
		bank_read(b, q->space, q->address, q->count, words);
		return reply_read(q, words, reply);
	}
	for (uint16_t i = 0; i < q->count; i++)
		bank_pin(
		    b, q->space, (uint16_t)(q->address + i), word_of(q, i));
	return reply_written(q, reply);
}

static bool
can_stage(const struct bank *b, uint16_t wish)
{
	if (wish == PDU_UNPIN)
		return true;
	return wish / STAGE_TENS < 8 * sizeof(unsigned) &&
	    wish % STAGE_TENS < BANK_MOOD_COUNT &&
	    bank_lets(b, (enum stage)(wish - wish % STAGE_TENS));
}

/* Nothing is staged unless all of it can be. */
static enum pdu_exception
judge_staging(const struct pdu *q, struct bank *const units[PDU_UNITS])
{
	if (is_bits(q))
		return PDU_FUNCTION;
	if (q->address + q->count > PDU_UNITS)
		return PDU_ADDRESS;
	if (!q->write)
		return PDU_OK;
	for (size_t i = 0; i < q->count; i++) {
		if (units[q->address + i] == NULL)
			return PDU_ADDRESS;
		if (!can_stage(units[q->address + i], q->words[i]))
			return PDU_VALUE;
	}
	return PDU_OK;
}

static void
stage(struct bank *b, uint16_t wish)
{
	_Static_assert(PDU_UNPIN == BANK_MOOD_COUNT, "one past the moods");
	if (wish == PDU_UNPIN) {
		bank_unpin(b);
		wish = BANK_NORMAL;
	}
	bank_set_mood(b, (enum bank_mood)(wish % STAGE_TENS));
	bank_set_stage(b, (enum stage)(wish - wish % STAGE_TENS));
}

static uint16_t
staged_now(const struct bank *b)
{
	return (uint16_t)((unsigned)bank_stage(b) + (unsigned)bank_mood(b));
}

size_t
pdu_stage(const struct pdu *q, struct bank *const units[PDU_UNITS],
    uint8_t reply[PDU_MAX])
{
	enum pdu_exception why = judge_staging(q, units);
	uint16_t staged[125] = {0};

	if (why != PDU_OK)
		return pdu_refuse(q, why, reply);
	for (size_t i = 0; i < q->count; i++) {
		struct bank *b = units[q->address + i];

		if (q->write)
			stage(b, q->words[i]);
		else if (b != NULL)
			staged[i] = staged_now(b);
	}
	return q->write ? reply_written(q, reply)
			: reply_read(q, staged, reply);
}
