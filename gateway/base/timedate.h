/*
 * timedate.h - whether systemd-timedated takes the clock for synchronised
 */
#ifndef TIMEDATE_H
#define TIMEDATE_H

#include <stdbool.h>

/* Its NTPSynchronized, over D-Bus.  False also if nobody answers.  Blocks: on a
 * bus that does not answer for minutes. */
bool timedate_synced(void);

#endif
