/*
 * fault_text.h - what a device's fault is called, for people
 */
#ifndef FAULT_TEXT_H
#define FAULT_TEXT_H

#include "gateway/conf/conf.h"

/* By the maker's number as the profile's `faults` have it; else, by the
 * normalized code, as the kind has it.  code is the point fault_code; a value
 * that is not known is VALUE_NONE.  NULLs: nobody knows. */
struct text fault_text(const struct conf_profile *profile,
    const struct point_info *code, const struct value *raw,
    const struct value *number);

#endif
