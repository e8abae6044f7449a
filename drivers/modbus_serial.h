/*
 * modbus_serial.h - Modbus RTU: questions on a serial line, near or behind a
 * transparent server
 */
#ifndef MODBUS_SERIAL_H
#define MODBUS_SERIAL_H

#include "drivers/modbus_bus.h"

struct modbus_serial;

/* Opens nothing yet.  Keeps b.  NULL with a sentence in b->why if such a line
 * cannot be. */
struct modbus_serial *modbus_serial_new(struct modbus_bus *b);
void modbus_serial_free(struct modbus_serial *s); /* NULL is fine */

/* Opens the port or connection if it is not; all units are held then, for
 * whoever had it before may have left a question on the wire.  -1 with
 * b->why. */
int modbus_serial_up(struct modbus_serial *s);

/* On an open line, to a unit that is not held. */
enum driver_verdict modbus_serial_ask(struct modbus_serial *s,
    const struct modbus_question *q, struct driver_reply *r);

/* Hears what comes until then, or until a unit became ready: its late answer
 * was seen, its time is over, or that of one who talked on. */
void modbus_serial_listen(struct modbus_serial *s, int64_t until_us);

/* What so many characters take on the wire; and the silence before a frame. */
int64_t modbus_serial_wire_us(const struct driver_line *line, size_t bytes);
int64_t modbus_serial_gap_us(const struct driver_line *line);

#endif
