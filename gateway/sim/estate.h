/*
 * estate.h - what every point of every device would read now, pure
 *
 * One clock, one day and one grid for all devices, so that their values belong
 * together: the lifts are busy when people come home, the transformer that
 * feeds them carries them too, and the water sags under the same evening.
 * A function of configuration, seed, time of day at the start, time since, and
 * of what is staged when: how often and in which steps it is asked changes
 * nothing.
 *
 * A supply that is cut is cut for all that hangs on it by fed_by, through other
 * meters too.  A lift stops where it is.  A lift or a pump needs all three
 * phases; everything else hangs on one of them, by its seed.  What has no
 * supply is dark, but for meters and the boards of lifts, which have a UPS
 * unless that is staged otherwise.
 */
#ifndef ESTATE_H
#define ESTATE_H

#include <stdint.h>

#include "gateway/conf/conf.h"
#include "gateway/measure/sample.h"
#include "gateway/sim/stage.h"

struct estate;

/* day_ms: since local midnight.  The configuration is borrowed. */
struct estate *estate_new(const struct conf *c, uint64_t seed, int64_t day_ms);
void estate_free(struct estate *e); /* NULL is fine */

/* What a device can take: STAGE_BITs. */
unsigned estate_stages(const struct estate *e, size_t device);

/* Lets that happen to a device from now on; what it cannot take is nothing. */
void estate_stage(struct estate *e, size_t device, enum stage stage);

/* Whether it has no power to answer with. */
bool estate_is_dark(const struct estate *e, size_t device);

/* Lets simulated time pass, up to elapsed_ms since the start. */
void estate_advance(struct estate *e, int64_t elapsed_ms);

/* Of device and polled point by their index in the configuration: VALUE_F64, an
 * enumeration's standard number among them, or VALUE_TEXT. */
void estate_value(
    const struct estate *e, size_t device, size_t point, struct value *out);

#endif
