/*
 * wire.h - the wire of a bus as a picture, for a terminal
 *
 * One line a period of the fastest request, from a start on at which all is due
 * at once; a letter a device, in the order of the plan.
 */
#ifndef WIRE_H
#define WIRE_H

#include "gateway/conf/conf.h"

void wire_print(const struct conf *c, size_t bus, const struct plan *p);

#endif
