/*
 * alarms_cars.h - the cars of a power cut, for people
 */
#ifndef ALARMS_CARS_H
#define ALARMS_CARS_H

#include <jansson.h>

#include "gateway/commands/table.h"

/* Below the row of an alarm: each of its cars, who was in it, whether it came
 * back, and who has looked after it.  Nothing of an alarm without cars. */
void alarms_cars_note(struct table *t, const json_t *alarm);

#endif
