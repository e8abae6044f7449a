/*
 * modbus_dial.h - a connection to a host and port, by a deadline
 */
#ifndef MODBUS_DIAL_H
#define MODBUS_DIAL_H

#include <stdint.h>

struct modbus_dial;

/* host and port are copied.  NULL when memory is out. */
struct modbus_dial *modbus_dial_new(const char *host, uint16_t port);
void modbus_dial_free(struct modbus_dial *d); /* NULL is fine */

/* Finds the name's addresses and connects to the first that answers.  Returns a
 * non-blocking socket, the caller's, or -1 with *why a sentence (static, or
 * errno's). */
int modbus_dial(struct modbus_dial *d, int64_t deadline_us, const char **why);

#endif
