/*
 * sign.h - a condition of pthreads that waits by the monotonic clock
 */
#ifndef SIGN_H
#define SIGN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void sign_init(pthread_cond_t *sign);

/* Waits for it, the lock held, at most until then (monotonic).  False if that
 * time has come. */
bool sign_wait(pthread_cond_t *sign, pthread_mutex_t *lock, int64_t until_ms);

#endif
