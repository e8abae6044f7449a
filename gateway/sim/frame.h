/*
 * frame.h - PDUs on the wire: Modbus/TCP's header, RTU's address and CRC, pure
 */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "gateway/sim/pdu.h"

#define FRAME_TCP_MAX 260 /* bytes: 7 + PDU_MAX */
#define FRAME_RTU_MAX 256 /* 1 + PDU_MAX + 2 */

struct frame {
	uint16_t transaction; /* TCP only */
	uint8_t unit;
	size_t len; /* of pdu, 1.. */
	uint8_t pdu[PDU_MAX];
};

/* Takes the first frame off bytes.  Returns how many it took, 0 if there is not
 * all of it yet, -1 if this is not Modbus/TCP: nobody knows where the next
 * frame begins. */
int frame_tcp_take(const uint8_t *bytes, size_t len, struct frame *f);

/* Takes a request of a function this simulator knows off the front of bytes, by
 * the length it must have and its CRC.  Returns how many bytes, or 0: wait for
 * more, or for silence. */
int frame_rtu_take(const uint8_t *bytes, size_t len, struct frame *f);

/* After silence: the frame that all of the bytes make, or, behind noise, the
 * request that ends with them.  Returns len, or 0: throw them away. */
int frame_rtu_rescue(const uint8_t *bytes, size_t len, struct frame *f);

size_t frame_tcp_write(const struct frame *f, uint8_t out[FRAME_TCP_MAX]);
size_t frame_rtu_write(const struct frame *f, uint8_t out[FRAME_RTU_MAX]);

uint16_t frame_crc(const uint8_t *bytes, size_t len);

/* Time on a serial line: of bytes, and of the silence between two frames. */
int64_t frame_wire_us(const struct driver_line *line, size_t bytes);
int64_t frame_gap_us(const struct driver_line *line);

#endif
