/*
 * clockwatch.c - whether the wall clock is disciplined, and when it is stepped
 *
 * Asked in this order:
 *   - the file systemd-timesyncd makes when it has set the clock.  It is of
 *     this boot, for /run is; systemd takes it away when timesyncd stops.  It
 *     stays when timesyncd loses its servers: a clock that was right once is
 *     taken for right, as timesyncd takes it, though it drifts.
 *   - the kernel (adjtimex), where asking is allowed.  It knows of chrony and
 *     ntpd, and forgets when nobody has corrected it for hours.
 *   - in systemd's sandbox it is not: there timedated answers for the kernel.
 *     Asking keeps that program running, so it is asked seldom.
 *
 * Only the last may wait for somebody else, but all is done in a thread of its
 * own: a bus must be able to stamp what it read without any of it.
 */
#include "gateway/base/clockwatch.h"

#include <pthread.h>
#include <sys/timex.h>
#include <unistd.h>

#include "gateway/base/timedate.h"

#define TIMESYNCD_FLAG "/run/systemd/timesync/synchronized"
#define LOOK_MS 2000
#define ASK_MS 10000 /* timedated, while it says no */
#define ASK_AGAIN_MS 60000 /* when it has said yes */
#define STEP_MS 1000 /* less is a correction like any other */

enum word { NO, YES, NOBODY_SAYS };

static enum word
look(void)
{
	struct timex t = {.modes = 0}; /* only asks */
	int state;

	if (access(TIMESYNCD_FLAG, F_OK) == 0)
		return YES;
	state = adjtimex(&t);
	if (state == -1)
		return NOBODY_SAYS;
	return state != TIME_ERROR && !(t.status & STA_UNSYNC) ? YES : NO;
}

static void *
watch(void *unused)
{
	int64_t ask_ms = 0;
	bool answer = false;

	pthread_setname_np(pthread_self(), "clockwatch");
	for (;; clock_sleep_until_us(clock_mono_us() + LOOK_MS * 1000)) {
		enum word word = look();

		if (word == NOBODY_SAYS && clock_mono_ms() >= ask_ms) {
			answer = timedate_synced();
			ask_ms =
			    clock_mono_ms() + (answer ? ASK_AGAIN_MS : ASK_MS);
		}
		clock_tell_synced(word == NOBODY_SAYS ? answer : word == YES);
	}
	return unused;
}

int
clockwatch_start(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	clock_tell_synced(look() == YES);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, watch, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

bool
clockwatch_look(
    struct clockwatch *w, const struct clock_now *now, int64_t *step_ms)
{
	int64_t offset_ms = now->wall_ms - now->mono_ms;
	int64_t moved_ms = w->looked ? offset_ms - w->offset_ms : 0;
	bool stepped = moved_ms >= STEP_MS || moved_ms <= -STEP_MS;
	bool news = stepped || (w->looked && now->synced != w->synced);

	*step_ms = stepped ? moved_ms : 0;
	if (stepped || !w->looked)
		w->offset_ms = offset_ms;
	w->synced = now->synced;
	w->looked = true;
	return news;
}
