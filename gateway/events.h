/*
 * events.h - what happened, as the log of events keeps it
 *
 * Each appends one event to the log, to be committed at once; log, seq and ts
 * are put beside its members by who sends it.  What the log cannot take, the
 * journal counts as refused.  The log may be NULL: then nobody is told.  Any
 * thread, never blocks.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include "gateway/alarm/alarms.h"
#include "gateway/store/journal.h"
#include "gateway/web/http.h"

/* "type":"start","version":..; every device counts as online from then on,
 * until it is told otherwise. */
void events_start(
    struct journal *log, const struct stamp *at, const char *version);
/* Returns its seq, 0 if the log did not take it. */
uint64_t events_stop(struct journal *log, const struct stamp *at);
void events_reload(struct journal *log, const struct stamp *at);

/* "type":"device","device":..,"online":.. */
void events_device(struct journal *log, const struct stamp *at,
    const char *device, bool online);

/* "type":"clock","synced":..[,"step_ms":..]; step_ms 0: it was not stepped */
void events_clock(
    struct journal *log, const struct stamp *at, bool synced, int64_t step_ms);

/* What is given to sinks from memory, until the disk takes it. */
struct events_memory {
	const char *of; /* "readings", "events" */
	bool over; /* the disk has taken it */
	uint64_t from, to; /* over: the seqs given so, */
	const char *as; /* under this id instead of the log's own */
	uint64_t lost; /* over: readings that memory could not hold meanwhile */
};

/* "type":"journal","of":..,"state":"memory", or "disk","from":..,"to":..,
 * "as":..,"lost":..; from, to and as are left out if none was given. */
void events_memory(
    struct journal *log, const struct stamp *at, const struct events_memory *m);

/* A change of a point that is journalled (changes.h). */
struct events_change {
	const char *device;
	const struct point_info *point;
	const struct value *from, *to;
	const struct value *raw; /* of a fault the maker's number, with its */
	const struct point_info *raw_point; /* point; or NULLs */
	struct text text; /* what people read for `to`; or NULLs */
	uint32_t changes; /* for which it stands */
};

/* "type":"change","device":..,"point":..,"from":..,"to":..[,"raw":..]
 * [,"text":{..}][,"changes":n]; one change is not counted.  What is too long is
 * cut.  Returns its seq, 0 if the log did not take it. */
uint64_t events_change(
    struct journal *log, const struct stamp *at, const struct events_change *c);

/* "type":"alarm","device":..,"alarm":..,"change":..,"conf":VERSION[,"by":..]
 * [,"note":..][,"car":..] and the members of alarm_record.h.  Returns its seq,
 * 0 if the log did not take it. */
uint64_t events_alarm(struct journal *log, const struct stamp *at,
    const struct alarms_news *n, const char *conf_version);

/* "type":"access","what":"login" | "logout" | "lock" | "order","user":..
 * [,"name":..,"role":..],"address":..[,"device":..,"alarm":..,"verb":..,
 * "status":..]: what
 * people do over HTTP; lock: so many wrong passwords that nobody may try for a
 * while. */
void events_act(
    struct journal *log, const struct stamp *at, const struct act *act);

/* One counter: its register, and by how much its falls took it back. */
struct events_count {
	const char *point;
	double value, carried;
};

#define EVENTS_COUNTS_MAX 16 /* that one event holds, whatever their names */

/* "type":"counter", as counters.h has it.  was: NULL but of a fall. */
void events_counter(struct journal *log, const struct stamp *at,
    const char *device, const char *why, const double *was,
    const struct events_count *counts, size_t count);

#endif
