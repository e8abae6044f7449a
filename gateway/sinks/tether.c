/*
 * tether.c - a thread that may hang in somebody else's code
 */
#include "gateway/sinks/tether.h"

#include <signal.h>

#include "gateway/base/clock.h"
#include "gateway/base/sign.h"

void
tether_init(struct tether *t)
{
	*t = (struct tether){0};
	pthread_mutex_init(&t->lock, NULL);
	sign_init(&t->left);
}

void
tether_free(struct tether *t)
{
	pthread_cond_destroy(&t->left);
	pthread_mutex_destroy(&t->lock);
}

int
tether_start(
    struct tether *t, const char *name, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	/* Signals are the loop's business; threads the library starts from
	 * this one inherit the mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_setname_np(t->thread, name);
	return rc;
}

void
tether_out(struct tether *t)
{
	pthread_mutex_unlock(&t->lock);
}

void
tether_in(struct tether *t)
{
	pthread_mutex_lock(&t->lock);
	if (!t->cut)
		return;
	pthread_mutex_unlock(&t->lock);
	pthread_exit(NULL);
}

void
tether_leave(struct tether *t)
{
	t->has_left = true;
	pthread_cond_signal(&t->left);
	pthread_mutex_unlock(&t->lock);
}

void
tether_ask(struct tether *t, int64_t wait_ms)
{
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	t->stop_by_ms = clock_mono_ms() + wait_ms;
	pthread_mutex_unlock(&t->lock);
}

bool
tether_is_over(struct tether *t, int64_t now_ms)
{
	bool over;

	if (pthread_mutex_trylock(&t->lock) != 0)
		return false; /* it is at work */
	over = t->has_left || (t->stopping && now_ms >= t->stop_by_ms);
	pthread_mutex_unlock(&t->lock);
	return over;
}

bool
tether_stop(struct tether *t)
{
	pthread_mutex_lock(&t->lock);
	while (!t->has_left && sign_wait(&t->left, &t->lock, t->stop_by_ms))
		continue;
	if (t->has_left) {
		pthread_mutex_unlock(&t->lock);
		pthread_join(t->thread, NULL);
		return true;
	}
	t->cut = true;
	pthread_detach(t->thread);
	return false;
}
