/*
 * verdict.h - what a driver's verdict means for the points of a request
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "drivers/driver.h"
#include "gateway/measure/sample.h"

/* Of any verdict but DRIVER_OK and DRIVER_HELD.  A malformed answer is, for
 * people, a damaged one. */
struct quality verdict_quality(enum driver_verdict verdict, uint8_t exception);

/* Whether an exception says that the device has no such registers (1, 2, 3),
 * and not that it is busy, broken or out of its gateway's reach. */
bool verdict_refuses(enum driver_verdict verdict, uint8_t exception);

/* Whether what came is a word of the device itself.  A gateway's, that it does
 * not answer (exceptions 10, 11), is no better than silence. */
bool verdict_is_answer(enum driver_verdict verdict, uint8_t exception);

/* Whether it is the gateway's word that it has no way to the device (10):
 * asking again at once would only add to what it has no time for. */
bool verdict_is_pathless(enum driver_verdict verdict, uint8_t exception);

/* Whether the device wants to be asked again later (5, 6). */
bool verdict_is_busy(enum driver_verdict verdict, uint8_t exception);

#endif
