/* signal.c - what a model of the estate can say, by its normalized name */
#include "gateway/sim/signal.h"

#include <stdlib.h>
#include <string.h>

#define PART "{n}"

size_t
signal_part(const struct signal *s, const char *point)
{
	const char *part = strstr(s->name, PART);
	size_t before, n;
	char *end;

	if (part == NULL)
		return strcmp(s->name, point) == 0;
	before = (size_t)(part - s->name);
	if (strncmp(s->name, point, before) != 0 || point[before] < '1' ||
	    point[before] > '9')
		return 0;
	n = strtoul(point + before, &end, 10);
	return strcmp(part + strlen(PART), end) == 0 ? n : 0;
}
