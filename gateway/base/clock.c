/*
 * clock.c - the three clocks, read here and nowhere else
 */
#include "gateway/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define TIMESYNCD_FLAG "/run/systemd/timesync/synchronized"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

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

bool
clock_synced(void)
{
	struct timex t = {.modes = 0}; /* only asks */
	int state;

	if (access(TIMESYNCD_FLAG, F_OK) == 0)
		return true;
	state = adjtimex(&t);
	return state != -1 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

/* Two hexadecimal digits a byte, dashes between some. */
void
clock_boot(uint8_t id[CLOCK_BOOT_BYTES])
{
	FILE *f = fopen(BOOT_ID, "re");
	size_t n = 0;
	unsigned byte;

	memset(id, 0, CLOCK_BOOT_BYTES);
	if (f == NULL)
		return;
	while (n < CLOCK_BOOT_BYTES && fscanf(f, "%*1[-]") != EOF &&
	    fscanf(f, "%2x", &byte) == 1)
		id[n++] = (uint8_t)byte;
	fclose(f);
	if (n < CLOCK_BOOT_BYTES)
		memset(id, 0, CLOCK_BOOT_BYTES);
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
