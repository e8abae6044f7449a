/*
 * clock.h - the three clocks, read here and nowhere else
 *
 * Deadlines and periods are monotonic; wall time only stamps samples.  Modules
 * get time as an argument; only daemon.c, the bus threads and the sinks' own
 * threads read a clock.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_BOOT_BYTES 16

int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
int64_t clock_wall_ms(void); /* Unix time, UTC */

/* Whether somebody disciplines the wall clock: systemd-timesyncd's flag file,
 * or the kernel's own word (adjtimex) where the sandbox lets us ask.  False if
 * nobody says so. */
bool clock_synced(void);

/* The kernel's id of this boot; zeroes if /proc does not tell. */
void clock_boot(uint8_t id[CLOCK_BOOT_BYTES]);

/* Sleeps until then, through signals. */
void clock_sleep_until_us(int64_t mono_us);

#endif
