/* thread.c - see thread.h */
#include "gateway/poll/thread.h"

#include <pthread.h>
#include <signal.h>

#define STACK_BYTES (256 * 1024)

int
thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	rc = pthread_create(&thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}
