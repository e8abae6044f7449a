/* driver.c - see driver.h */
#include <string.h>

#include "drivers/driver.h"

const struct driver *
driver_for(const char *scheme)
{
	for (const struct driver *const *d = drivers; *d != NULL; d++)
		for (const char *const *s = (*d)->schemes; *s != NULL; s++)
			if (strcmp(*s, scheme) == 0)
				return *d;
	return NULL;
}
