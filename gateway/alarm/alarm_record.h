/*
 * alarm_record.h - an alarm as it is told: events, retained messages, documents
 *
 * All have the same members, so that one that knows the last event of an alarm
 * knows the alarm:
 *
 *	"state":"UNACK","active":true,"severity":"P1","since":MS,
 *	"shelved_until":null | MS,"shelved_by":.., (if shelved)
 *	"suppressed_by":null | "gateway/bus-down-shaft-3",
 *	"out_of_service":null | {"by":..,"ts":MS},
 *	"ack":null | {"by":"Wang","ts":MS},
 *	"work":{"responded":{"by":..,"ts":MS},..}, (if any)
 *	"value":81.2 | "open" | null,"unit":"%", (if it has one)
 *	"text":{"zh":..,"en":..}, (if it was raised)
 *	"test":true,"unseen":true,"chatter":true,"count":4 (if so)
 *
 * and of a power cut with its cars (sweep.h), the most urgent first:
 *
 *	"suspected":true (if so),"phases":[1,2,3] (if any),
 *	"cars":[{"car":"lift-7-2","moving":true | false | null,
 *		"occupied":"yes" | "no" | "unknown","zone":true | false | null,
 *		"door_open":true,"trapped":true (if so),"floor":4 | null,
 *		"age":MS | null,"back":false,
 *		"checked":null | {"by":"Wang","ts":MS}},..]
 *
 * What a car did is as it was last known before the cut, and age how long ago
 * that was when the cut was told; null if nothing was known.
 *
 * since is null while nothing was raised (shelved in advance).  unseen: hidden
 * all through its life so far.  count: of raises, if more than one.  Times are
 * Unix milliseconds by the clock of the moment of writing, all from one
 * offset, so whoever knows that moment knows them in monotonic time too.
 */
#ifndef ALARM_RECORD_H
#define ALARM_RECORD_H

#include "gateway/alarm/sweep.h"

struct json; /* base/json.h */
struct json_t; /* jansson's */

/* Into the object at hand.  offset_ms: wall less monotonic, now.  r NULL: there
 * is no such rule any more, and nothing to be said of severity.  cars: NULL, it
 * has none. */
void alarm_record_write(struct json *j, const struct alarm *a,
    const struct alarm_rule *r, const struct sweep_list *cars,
    int64_t offset_ms);

/* The members of an event (SAMPLE_EVENT: without braces) back into an alarm;
 * its times are told with this offset.  False if it is no such event: then the
 * alarm is as it was.  An enumeration's value comes back as a text, and the
 * moments of raises, by which chatter is known, are not told.  *cars: its list,
 * of no cars if it has none; what people call a place is not told. */
bool alarm_record_read(struct alarm *a, struct sweep_list *cars,
    const char *members, int64_t offset_ms);

/* The same of the alarm alone, from an object that is read already; nothing
 * asks for its type. */
bool alarm_record_take(
    struct alarm *a, const struct json_t *object, int64_t offset_ms);

/* And of its cars.  False: *cars is then anything. */
bool alarm_record_cars(
    struct sweep_list *cars, const struct json_t *object, int64_t offset_ms);

#endif
