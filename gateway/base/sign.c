/* sign.c - see sign.h */
#include "gateway/base/sign.h"

#include <errno.h>
#include <time.h>

void
sign_init(pthread_cond_t *sign)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(sign, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

bool
sign_wait(pthread_cond_t *sign, pthread_mutex_t *lock, int64_t until_ms)
{
	struct timespec at = {
	    .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

	return pthread_cond_timedwait(sign, lock, &at) != ETIMEDOUT;
}
