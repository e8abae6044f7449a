/*
 * phrase.h - an alarm's text for people, judged: which {words} it may have
 *
 * {place}, {name}, {v}, {dur} and the device's points; of an alarm that stands
 * once for each bus {bus} and {devices} too.  A word that the kind knows and
 * this device has not becomes "?" here.
 */
#ifndef PHRASE_H
#define PHRASE_H

#include "gateway/conf/formula.h"

/* f's text, which is one, as renderers get it (wording.h).  NULL: told. */
const char *phrase_read(const struct formula *f, bool of_bus);

#endif
