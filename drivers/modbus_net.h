/*
 * modbus_net.h - Modbus TCP: questions on a connection
 */
#ifndef MODBUS_NET_H
#define MODBUS_NET_H

#include "drivers/modbus_bus.h"

struct modbus_net;

/* Opens nothing yet.  Keeps b.  NULL with a sentence in b->why if such an
 * address cannot be. */
struct modbus_net *modbus_net_new(struct modbus_bus *b);
void modbus_net_free(struct modbus_net *n); /* NULL is fine */

/* Connects first where that is needed; all within one timeout.  See driver.h:
 * DRIVER_ASKED, and modbus_net_hear() until there is a verdict. */
enum driver_verdict modbus_net_ask(
    struct modbus_net *n, const struct modbus_question *q);
enum driver_verdict modbus_net_hear(
    struct modbus_net *n, struct driver_reply *r);
void modbus_net_awaits(const struct modbus_net *n, struct driver_wait *w);

/* Waits until then; a connection that the peer closes meanwhile is let go, and
 * so is one on which comes what nobody asked for. */
void modbus_net_listen(struct modbus_net *n, int64_t until_us);

#endif
