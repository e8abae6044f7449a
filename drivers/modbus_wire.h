/*
 * modbus_wire.h - what carries RTU frames: a serial port, or a connection to a
 * transparent serial server
 */
#ifndef MODBUS_WIRE_H
#define MODBUS_WIRE_H

#include <modbus/modbus.h>

#include "drivers/modbus_dial.h"
#include "drivers/modbus_frame.h"

struct modbus_wire {
	const struct driver_line *line;
	int fd; /* to be read, non-blocking; -1: closed */
	modbus_t *port; /* NULL: closed, or a connection */
	struct modbus_dial *dial; /* NULL: a port */
};

/* Opens nothing yet.  Keeps the line.  NULL, or why there can be no such. */
const char *modbus_wire_init(
    struct modbus_wire *w, const struct driver_line *line);
void modbus_wire_free(struct modbus_wire *w); /* closes it, too */

/* NULL, or why it did not open (static, or errno's). */
const char *modbus_wire_open(struct modbus_wire *w, int64_t deadline_us);

/* What has not left yet never will. */
void modbus_wire_close(struct modbus_wire *w);

/* NULL, or why not all of the question was sent. */
const char *modbus_wire_send(
    struct modbus_wire *w, const struct modbus_question *q);

/* Whether a server has all that was sent.  A port takes it at its own pace. */
bool modbus_wire_delivered(const struct modbus_wire *w);

#endif
