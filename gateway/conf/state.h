/*
 * state.h - what a point's value is: the vocabulary's form, and enumerations
 */
#ifndef STATE_H
#define STATE_H

#include "gateway/conf/draft.h"

/* Fills decode.form, names and states, and the title; type and bits are known,
 * the draft's word is the vocabulary's.  False: told. */
bool state_read(struct point_draft *d);

/* "an enumeration", "true or false" ... */
const char *state_form_text(uint8_t form);

#endif
