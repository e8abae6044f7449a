/*
 * clock.c - the three clocks, read here and nowhere else
 */
#include "gateway/base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#ifndef CLOCK_BUILT_S
#define CLOCK_BUILT_S 0 /* built without the Makefile */
#endif
#define APART_US 1000 /* two looks at a clock that are one moment */
#define SET_US 2000 /* by less nobody set the wall clock */
#define TRIES 5

static atomic_bool told_synced;
static atomic_int_least64_t wall_ahead_ms; /* of the monotonic clock */

static int64_t
read_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void
clock_tell_synced(bool synced)
{
	atomic_store(&told_synced, synced);
}

/* The kernel slews both clocks alike, so their difference is one number until
 * somebody sets the wall clock.  In milliseconds it would be one of two,
 * whichever turns its millisecond first; so the old one stands while it fits,
 * and what happened once has one time, whenever that is told.  Never later than
 * the wall clock. */
static int64_t
wall_ahead(int64_t ahead_us)
{
	int64_t ms = atomic_load(&wall_ahead_ms);
	int64_t more_us = ahead_us - ms * 1000;

	if (more_us >= 0 && more_us < SET_US)
		return ms;
	ms = ahead_us / 1000 - (ahead_us % 1000 < 0);
	atomic_store(&wall_ahead_ms, ms);
	return ms;
}

/* Whether it is synchronised is asked first: if it is set in this moment, a
 * wall clock from before must not pass for a synchronised one.  And the two
 * clocks must be of one moment, since their difference is taken for the boot's:
 * a thread that was put aside between them looks again. */
void
clock_now(struct clock_now *now)
{
	int64_t mono_us, wall_us;
	int tries = 0;

	now->synced = atomic_load(&told_synced);
	do {
		mono_us = clock_mono_us();
		wall_us = read_us(CLOCK_REALTIME);
	} while (clock_mono_us() - mono_us > APART_US && ++tries < TRIES);
	now->mono_ms = mono_us / 1000;
	now->wall_ms = now->mono_ms + wall_ahead(wall_us - mono_us);
}

int64_t
clock_wall_ms(void)
{
	struct clock_now now;

	clock_now(&now);
	return now.wall_ms;
}

/* ---- the boot ---- */

/* Two hexadecimal digits a byte, dashes between some.  False if it is none. */
static bool
parse_id(const char *text, uint8_t id[CLOCK_BOOT_BYTES])
{
	for (size_t n = 0; n < CLOCK_BOOT_BYTES; n++) {
		unsigned byte;

		text += *text == '-';
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &byte) != 1)
			return false;
		id[n] = (uint8_t)byte;
		text += 2;
	}
	return *text == '\0' || *text == '\n';
}

static bool
kernel_id(uint8_t id[CLOCK_BOOT_BYTES])
{
	FILE *f = fopen(BOOT_ID, "re");
	char text[64] = "";
	bool good;

	if (f == NULL)
		return false;
	good = fgets(text, sizeof(text), f) != NULL && parse_id(text, id);
	fclose(f);
	return good;
}

static uint8_t boot[CLOCK_BOOT_BYTES];

static void
find_boot(void)
{
	const char *said = getenv("RISER_BOOT_ID");

	if ((said == NULL || !parse_id(said, boot)) && !kernel_id(boot) &&
	    getrandom(boot, sizeof(boot), 0) != sizeof(boot))
		memset(boot, 0, sizeof(boot));
}

int64_t
clock_built_ms(void)
{
	return (int64_t)CLOCK_BUILT_S * 1000;
}

void
clock_boot(uint8_t id[CLOCK_BOOT_BYTES])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_boot);
	memcpy(id, boot, sizeof(boot));
}

void
clock_sleep_until_us(int64_t mono_us)
{
	int64_t until = mono_us > 0 ? mono_us : 0;
	struct timespec ts = {
	    .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
