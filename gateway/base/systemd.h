/*
 * systemd.h - what the service manager is told, by the protocol of sd_notify(3)
 *
 * Outside a service (no NOTIFY_SOCKET) nothing happens.  Not libsystemd: it
 * takes a megabyte of memory and five libraries along, for one datagram.
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <stdint.h>

/* "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1".  What it does not take
 * within a second is lost: its own watch over us is what finds that out. */
void systemd_tell(const char *state);

/* Within what time it wants to hear WATCHDOG=1, again and again; 0: never. */
int64_t systemd_watchdog_ms(void);

#endif
