/* fault_text.c - what a device's fault is called, for people */
#include "gateway/fault_text.h"

#include <math.h>

struct text
fault_text(const struct conf_profile *profile, const struct point_info *code,
    const struct value *raw, const struct value *number)
{
	double maker = value_number(raw);

	for (size_t i = 0; i < profile->fault_count && !isnan(maker); i++)
		if ((double)profile->faults[i].raw == maker)
			return profile->faults[i].text;
	return number->type == VALUE_ENUM ? point_enum_text(code, number->i)
					  : (struct text){NULL, NULL};
}
