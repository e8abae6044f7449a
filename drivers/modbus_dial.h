/*
 * modbus_dial.h - a connection to a host and port, by a deadline
 *
 * In steps, none of which waits; or at once, for who has nothing else to do.
 */
#ifndef MODBUS_DIAL_H
#define MODBUS_DIAL_H

#include <stdint.h>

#include "drivers/driver.h"

#define MODBUS_DIAL_WAITS (-2)

struct modbus_dial;

/* host and port are copied.  NULL when memory is out. */
struct modbus_dial *modbus_dial_new(const char *host, uint16_t port);
void modbus_dial_free(struct modbus_dial *d); /* NULL is fine */

/* Finds the name's addresses and connects to the first that answers.  Returns a
 * non-blocking socket, the caller's, or -1 with *why a sentence (static, or
 * errno's). */
int modbus_dial(struct modbus_dial *d, int64_t deadline_us, const char **why);

/* The same in steps: begun once, gone on with until it does not return
 * MODBUS_DIAL_WAITS any more. */
void modbus_dial_begin(struct modbus_dial *d, int64_t deadline_us);
int modbus_dial_go_on(struct modbus_dial *d, const char **why);

/* When to go on with it. */
void modbus_dial_awaits(const struct modbus_dial *d, struct driver_wait *w);

/* The number of the socket that was made last. */
uint32_t modbus_dial_number(const struct modbus_dial *d);

#endif
