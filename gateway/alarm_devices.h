/*
 * alarm_devices.h - the configuration's devices as alarms.h asks for them
 */
#ifndef ALARM_DEVICES_H
#define ALARM_DEVICES_H

#include "gateway/alarm/alarms.h"
#include "gateway/base/arena.h"
#include "gateway/conf/conf.h"
#include "gateway/store/live.h"

/* Fills out's devices and buses, in memory; conf and its catalog outlive them.
 */
void alarm_devices_fill(struct alarms_conf *out, const struct conf *conf,
    const struct catalog *catalog, struct arena *memory);

/* What the fault is called that the device has now; NULLs: nobody knows.  The
 * gateway has none. */
struct text alarm_devices_fault(const struct conf *conf,
    const struct catalog *catalog, const struct live *live, uint16_t device);

#endif
