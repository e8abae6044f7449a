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
#define APART_MS 10 /* two looks at a clock that are one moment */
#define TRIES 5

static atomic_bool told_synced;

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

int64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

void
clock_tell_synced(bool synced)
{
	atomic_store(&told_synced, synced);
}

/* Whether it is synchronised is asked first: if it is set in this moment, a
 * wall clock from before must not pass for a synchronised one.  And the two
 * clocks must be of one moment, since their difference is taken for the boot's:
 * a thread that was put aside between them looks again. */
void
clock_now(struct clock_now *now)
{
	int64_t after_ms;

	now->synced = atomic_load(&told_synced);
	for (int tries = 0; tries < TRIES; tries++) {
		now->mono_ms = clock_mono_ms();
		now->wall_ms = clock_wall_ms();
		after_ms = clock_mono_ms();
		if (after_ms - now->mono_ms <= APART_MS)
			return;
	}
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
