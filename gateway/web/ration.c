/* ration.c - how often one address may ask */
#include "gateway/web/ration.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static uint64_t
of_v4(const struct in_addr *a)
{
	return (UINT64_C(0xffff) << 32) | ntohl(a->s_addr);
}

static uint64_t
of_v6(const struct in6_addr *a)
{
	struct in_addr v4;
	uint64_t net;

	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(&v4, a->s6_addr + 12, sizeof(v4));
		return of_v4(&v4);
	}
	memcpy(&net, a->s6_addr, sizeof(net));
	return net != 0 ? net : 1; /* ::1 */
}

uint64_t
ration_who(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return of_v4(
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr);
	if (a->sa_family == AF_INET6)
		return of_v6(
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return 1;
}

uint64_t
ration_who_text(const char *address)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return of_v4(&v4);
	if (inet_pton(AF_INET6, address, &v6) == 1)
		return of_v6(&v6);
	return 0;
}

bool
ration_take(struct ration *r, uint64_t who, unsigned times, int64_t now_ms)
{
	size_t at = 0;
	double full = (double)RATION_AT_ONCE * times, *tokens;

	for (size_t i = 0; i < RATION_ADDRESSES; i++) {
		if (r->all[i].who == who) {
			at = i;
			break;
		}
		if (r->all[i].asked_ms < r->all[at].asked_ms)
			at = i;
	}
	tokens = &r->all[at].tokens;
	if (r->all[at].who != who)
		*tokens = full;
	else
		*tokens += (double)(now_ms - r->all[at].asked_ms) / 1000 *
		    RATION_A_SECOND * times;
	if (*tokens > full)
		*tokens = full;
	r->all[at].who = who;
	r->all[at].asked_ms = now_ms;
	if (*tokens < 1)
		return false;
	*tokens -= 1;
	return true;
}
