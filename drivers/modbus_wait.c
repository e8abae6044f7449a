/* modbus_wait.c - see modbus_wait.h */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "drivers/modbus_wait.h"

#define SECOND_US 1000000

int64_t
modbus_wait_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

short
modbus_wait(int fd, short events, int64_t until_us)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left_us = until_us - modbus_wait_now_us();
		struct timespec left = {0};
		int found;

		if (left_us > 0) {
			left.tv_sec = left_us / SECOND_US;
			left.tv_nsec = left_us % SECOND_US * 1000;
		}
		found = ppoll(&p, 1, &left, NULL);
		if (found == 0)
			return 0;
		if (found > 0)
			return p.revents;
		if (errno != EINTR)
			return POLLERR;
	}
}
