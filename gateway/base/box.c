/*
 * box.c - the machine that this runs on: how warm, how full
 *
 * Full is a disk as df(1) has it: of what a user may have, the blocks kept for
 * root count as taken.
 */
#include "gateway/base/box.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"

#define LOOK_MS 5000
#define ZONES_MAX 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct box_now latest = {-1, -1, 0};

/* Of the kernel's thermal zones, in thousandths. */
static double
cpu_temp(void)
{
	double most = -1;
	char path[64];
	long t;

	for (int i = 0; i < ZONES_MAX; i++) {
		FILE *f;

		snprintf(path, sizeof(path),
		    "/sys/class/thermal/thermal_zone%d/temp", i);
		f = fopen(path, "re");
		if (f == NULL)
			break;
		if (fscanf(f, "%ld", &t) == 1 && (double)t / 1000 > most)
			most = (double)t / 1000;
		fclose(f);
	}
	return most;
}

static double
disk_used(const char *path)
{
	struct statvfs s;
	double used;

	if (statvfs(path, &s) == -1 || s.f_blocks == 0)
		return -1;
	used = (double)(s.f_blocks - s.f_bfree);
	return 100 * used / (used + (double)s.f_bavail);
}

static void *
watch(void *path)
{
	pthread_setname_np(pthread_self(), "box");
	for (;; clock_sleep_until_us(clock_mono_us() + LOOK_MS * 1000)) {
		struct box_now now = {.cpu_temp = cpu_temp(),
		    .disk_used = disk_used(path),
		    .looked_ms = clock_mono_ms()};

		pthread_mutex_lock(&lock);
		latest = now;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int
box_start(const char *path)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, watch, must_text(path));
	pthread_attr_destroy(&attr);
	return error;
}

void
box_now(struct box_now *now)
{
	pthread_mutex_lock(&lock);
	*now = latest;
	pthread_mutex_unlock(&lock);
}
