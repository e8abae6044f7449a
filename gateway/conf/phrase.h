/*
 * phrase.h - an alarm's text for people, judged: which {words} it may have
 *
 * The device's points, and:
 *
 *	{place} {name}      where it is, or what it is called
 *	{v} {dur}           the value that `when` asks for first; how long it
 *	                    has held
 *
 * of an alarm that stands once for each bus (asks bus_up):
 *
 *	{bus} {devices}     its name; how many devices are on it
 *
 * of a lift, from what is concluded of its car (car.h), so that it is never
 * "?":
 *
 *	{occupied}          有人, 无人 or 有人：未知; occupied, empty or
 *	                    occupied: unknown
 *	{doubt}             ，检修：未知 or ", in inspection: unknown" of a lift
 *	                    that does not tell its mode; else nothing
 *	{position}          ，停在4层 or ", stopped between floors, near floor
 *	                    4"; nothing if that is not known
 *
 * of a device with a fault_code:
 *
 *	{fault_text}        what its fault is: as its maker calls it (the
 *	                    profile's `faults`), or else the kind
 *
 * of an alarm that asks phase_lost or of a power cut:
 *
 *	{cut}               停电, 疑似停电 or A相缺相; supply lost, suspected
 *	                    power cut or L1 lost
 *
 * of one that asks of a power cut (power_cut, cars_back, cars_late):
 *
 *	{count}             how many lifts are in its list
 *	{cars}              they, the most urgent first, each with what was last
 *	                    known of it
 *	{late_cars}         those that have not restarted and were not checked
 *
 * A point that the kind knows and this device has not becomes "?" here, as does
 * a kind's {fault_text} of a device without a fault_code.
 */
#ifndef PHRASE_H
#define PHRASE_H

#include "gateway/conf/formula.h"

/* f's text, which is one, as renderers get it (wording.h); of the alarm a,
 * whose conditions are there.  NULL: told. */
const char *phrase_read(const struct formula *f, const struct alarm_rule *a);

#endif
