/*
 * modbus_port.h - a serial port, opened as configured or not at all
 */
#ifndef MODBUS_PORT_H
#define MODBUS_PORT_H

#include <modbus/modbus.h>

#include "drivers/driver.h"

/* NULL with *why a sentence (static, or errno's). */
modbus_t *modbus_port_open(const struct driver_line *line, const char **why);
void modbus_port_close(modbus_t *port); /* NULL is fine */

/* Why no port can have these settings; NULL: one can. */
const char *modbus_port_fault(const struct driver_line *line);

#endif
