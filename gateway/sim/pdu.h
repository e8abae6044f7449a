/*
 * pdu.h - a Modbus request in, its reply out, pure
 *
 * Function codes 1-6, 15 and 16, judged as the Modbus application
 * protocol 1.1b3 says: first the function (exception 1), then the quantity and
 * the form (3), then the address (2).
 */
#ifndef PDU_H
#define PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/sim/bank.h"

#define PDU_MAX 253 /* bytes */
#define PDU_STAGING_UNIT 255 /* its register u: what is staged of u */
#define PDU_UNPIN 4 /* written there: no pins, and nothing staged */
#define PDU_UNITS 256

enum pdu_exception {
	PDU_OK,
	PDU_FUNCTION = 1,
	PDU_ADDRESS = 2,
	PDU_VALUE = 3,
	PDU_NO_UNIT = 0x0b, /* gateway target device failed to respond */
};

struct pdu {
	uint8_t function;
	bool write;
	enum driver_space space;
	uint16_t address, count;
	uint16_t words[125]; /* of a write: registers, or bits packed */
};

/* Reads a request.  Anything may stand in bytes; len at most PDU_MAX counts.
 * Whatever it returns, function is set (0 if there was none). */
enum pdu_exception pdu_parse(const uint8_t *bytes, size_t len, struct pdu *q);

/* Each writes a reply and returns its length, at most PDU_MAX. */
size_t pdu_refuse(
    const struct pdu *q, enum pdu_exception why, uint8_t reply[PDU_MAX]);
size_t pdu_serve(const struct pdu *q, struct bank *b, uint8_t reply[PDU_MAX]);

/* The same for the staging unit; units[u] is NULL where there is none, which
 * refuses a write and reads as 0. */
size_t pdu_stage(const struct pdu *q, struct bank *const units[PDU_UNITS],
    uint8_t reply[PDU_MAX]);

#endif
