/* ip.c - what is an address and what is a name */
#include "gateway/base/ip.h"

#include <arpa/inet.h>

bool
ip_is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1;
}
