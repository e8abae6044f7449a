/*
 * ip.h - what is an address and what is a name
 */
#ifndef IP_H
#define IP_H

#include <stdbool.h>

/* Of IPv4 or IPv6, whole and bare: no brackets, port, interface or mask. */
bool ip_is_address(const char *text);

#endif
