/*
 * modbus_frame.h - Modbus questions and answers as bytes; pure functions
 *
 * Foreign bytes come in here and nowhere else.  Nothing is believed because it
 * came next: a frame is the answer only if all that can be checked is right.
 */
#ifndef MODBUS_FRAME_H
#define MODBUS_FRAME_H

#include "drivers/driver.h"

#define MODBUS_FRAME_RTU_AROUND 5 /* unit, function, count, CRC */
#define MODBUS_FRAME_RTU_MAX 255 /* unit, function, count, 250 bytes, CRC */
#define MODBUS_FRAME_TCP_MAX 260 /* MBAP's six bytes and its longest length */
#define MODBUS_FRAME_ASKED 6 /* unit, function, address, count */

struct modbus_question {
	struct driver_request request;
	uint8_t bytes[MODBUS_FRAME_ASKED + 2]; /* as sent on RTU, with CRC */
	uint8_t byte_count; /* of an answer's data */
};

enum modbus_frame_kind {
	MODBUS_FRAME_NONE, /* nothing yet: more bytes are needed */
	MODBUS_FRAME_ANSWER,
	MODBUS_FRAME_REFUSAL, /* an exception */
	MODBUS_FRAME_DAMAGED, /* the whole answer, but for its CRC */
	MODBUS_FRAME_OTHER, /* sound, but not to this question: pass over */
	MODBUS_FRAME_BAD /* wrong; a TCP stream cannot be trusted after it */
};

struct modbus_frame {
	enum modbus_frame_kind kind;
	size_t end; /* the bytes up to its last */
	size_t need; /* NONE on TCP: bytes wanted in all */
	uint8_t unit, function;
	uint8_t byte_count; /* of data; 0 for an exception */
	uint8_t exception;
	const uint8_t *data; /* inside the bytes given */
	const char *fault; /* BAD: what is wrong with it */
};

/* The only place where a request is made.  Its function code comes out of a
 * table of four, so nothing but a read can leave.  A request that no device
 * could answer (space, count, end of the address space) is a bug: asserted. */
void modbus_frame_question(
    struct modbus_question *q, const struct driver_request *request);

/* The first frame in what a serial line brought, at any offset; end is 0 if
 * there is none.  q is the last question.  Call again past the frame's end. */
struct modbus_frame modbus_frame_rtu(
    const struct modbus_question *q, const uint8_t *bytes, size_t len);

/* The frame at the start of what a connection brought; id is the question's
 * transaction id.  With no question in hand q is NULL and id the last one's:
 * what is sound is OTHER then. */
struct modbus_frame modbus_frame_tcp(const struct modbus_question *q,
    uint16_t id, const uint8_t *bytes, size_t len);

/* The data of an ANSWER or the code of a REFUSAL, into the reply. */
void modbus_frame_unpack(const struct modbus_question *q,
    const struct modbus_frame *f, struct driver_reply *r);

uint16_t modbus_frame_crc(const uint8_t *bytes, size_t len);

#endif
