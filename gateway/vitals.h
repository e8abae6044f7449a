/*
 * vitals.h - what the heartbeat of the pages says of the daemon: its uplinks,
 * and who is on duty
 */
#ifndef VITALS_H
#define VITALS_H

#include "gateway/conf/conf.h"
#include "gateway/store/journal.h"
#include "gateway/web/pulse.h"

/* Those that the configuration has.  delivers: of MQTT; connected: of InfluxDB.
 */
void vitals_uplinks(struct pulse_known *known, const struct conf *conf,
    struct journal *readings, bool delivers, bool connected);

/* The people of the shifts that are on at this time (Unix), their phone numbers
 * masked. */
void vitals_duty(
    struct pulse_known *known, const struct conf *conf, int64_t now_ms);

#endif
