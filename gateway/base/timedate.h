/*
 * timedate.h - whether systemd-timedated takes the clock for synchronised
 */
#ifndef TIMEDATE_H
#define TIMEDATE_H

#include <stdbool.h>

/* Its NTPSynchronized, over D-Bus.  False also if nobody answers; if that is
 * for want of libsystemd, the log says so once.  Blocks: on a bus that does not
 * answer for minutes.  One thread. */
bool timedate_synced(void);

#endif
