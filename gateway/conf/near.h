/*
 * near.h - "did you mean ...?": which known word looks most like the given one
 *
 *	struct near n = {.text = "unti"};
 *	near_try(&n, "unit"), near_try(&n, "url");
 *	n.best -> "unit", or NULL if nothing is near
 */
#ifndef NEAR_H
#define NEAR_H

#include <stdbool.h>

#define NEAR_LEN_MAX 48 /* longer words are not compared */

struct near {
	const char *text;
	const char *best; /* borrowed from the caller of near_try */
	unsigned distance; /* of the best, in half slips */
	bool tied; /* another one is as near: P0 and P1, P2, P3 */
};

void near_try(struct near *n, const char *word);

#endif
