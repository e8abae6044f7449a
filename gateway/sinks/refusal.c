/*
 * refusal.c - what a server's "400" or "422" is about, pure
 */
#include "gateway/sinks/refusal.h"

#include <stdlib.h>
#include <string.h>

bool
refusal_of_lines(const char *body)
{
	return strstr(body, "partial write") != NULL ||
	    strstr(body, "unable to parse") != NULL;
}

bool
refusal_of_all(const char *body, size_t lines)
{
	static const char word[] = "dropped=";
	const char *last = NULL;

	if (strstr(body, "partial write") == NULL)
		return false;
	/* It stands at the end; before it may be what somebody called a tag. */
	for (const char *at = body; (at = strstr(at, word)) != NULL; at++)
		last = at + strlen(word);
	return last != NULL && lines > 0 && strtoull(last, NULL, 10) >= lines;
}
