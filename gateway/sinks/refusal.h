/*
 * refusal.h - what a server's "400" or "422" is about, pure
 *
 * A proxy, or a url without its database, answers 400 as well, to everything.
 * Lines may only be given up for a reason that is the lines' own.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

/* InfluxDB's words for lines that it cannot take. */
bool refusal_of_lines(const char *body);

/* It says that it dropped this many of them, or more: there is no good one to
 * look for (all are older than its retention). */
bool refusal_of_all(const char *body, size_t lines);

#endif
