/*
 * modbus_wait.h - waiting for a descriptor until a moment, not for a while
 *
 * Every wait of the Modbus driver ends at an absolute monotonic time, so that
 * neither signals nor bytes that drip can stretch it.
 */
#ifndef MODBUS_WAIT_H
#define MODBUS_WAIT_H

#include <stdint.h>

int64_t modbus_wait_now_us(void);

/* Waits for poll(2)'s events on fd; -1 just sleeps.  Returns what poll found,
 * 0 when until_us came first.  Looks at least once, however late it is: what
 * has waited in the kernel came in time. */
short modbus_wait(int fd, short events, int64_t until_us);

#endif
