/* sweep_volts.h - the voltages of a sweep's meter, for sweep.c, pure */
#ifndef SWEEP_VOLTS_H
#define SWEEP_VOLTS_H

#include "gateway/alarm/sweep.h"

/* Which they are.  Lines are looked at only where there are no phases. */
void sweep_start_volts(
    struct sweep *s, uint16_t point_count, const struct point_info *points);

bool sweep_has_volts(const struct sweep *s);

/* Those known to be lost, bit 0 is L1. */
uint8_t sweep_lost_phases(const struct sweep *s);

/* When all were last known to be there, if that they are; else INT64_MAX. */
int64_t sweep_phases_there(const struct sweep *s);

/* Whether some voltage is. */
bool sweep_is_simulated(const struct sweep *s);

#endif
