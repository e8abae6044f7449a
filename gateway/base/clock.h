/*
 * clock.h - the three clocks, read here and nowhere else
 *
 * Deadlines and periods are monotonic; wall time only stamps samples.  Modules
 * get time as an argument; only daemon.c, the threads that ask and the sinks'
 * own threads read a clock.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_BOOT_BYTES 16

int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
int64_t clock_wall_ms(void); /* Unix time, UTC; clock_now's */

/* All at one moment, for what has just arrived.  wall_ms less mono_ms is one
 * number until somebody sets the wall clock: back, or on by 2 ms or more; so
 * wall_ms may be that much behind it, never ahead of it. */
struct clock_now {
	int64_t mono_ms, wall_ms;
	bool synced; /* the wall clock is disciplined, as was last told */
};

/* Never blocks, any thread. */
void clock_now(struct clock_now *now);

/* What clockwatch.h found out. */
void clock_tell_synced(bool synced);

/* Which boot this is: as systemd says in RISER_BOOT_ID (in its sandbox the
 * kernel's files are out of sight), or the kernel's id.  If neither tells, an
 * id of this process' own: two boots never have the same. */
void clock_boot(uint8_t id[CLOCK_BOOT_BYTES]);

/* Unix time of this program's source (its last commit; SOURCE_DATE_EPOCH when
 * it is built): no clock that says less is right.  0: not known. */
int64_t clock_built_ms(void);

/* Sleeps until then, through signals. */
void clock_sleep_until_us(int64_t mono_us);

#endif
