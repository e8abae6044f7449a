/*
 * top_names.h - what the gateway and its devices are called
 *
 * As the gateway has them that runs: the file may have been changed since.
 */
#ifndef TOP_NAMES_H
#define TOP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/commands/ask.h"

struct top_name {
	const char *id, *name; /* in the command's language */
	const char *bus; /* "": on none */
};

struct top_names {
	struct arena *memory; /* of all, and of this */
	const char *site, *site_name, *version;
	int64_t started_mono_ms; /* here, of the gateway */
	int64_t asked_mono_ms;
	struct top_name *devices; /* by id */
	size_t count;
};

/* Two questions.  ASK_ANSWERED: *names is there. */
enum ask_result top_names_ask(
    const char *store, struct top_names **names, struct err *err);
void top_names_free(struct top_names *n); /* NULL is fine */

/* NULL: it is not known. */
const struct top_name *top_names_find(
    const struct top_names *n, const char *device);

/* Since when the device does not answer, as the gateway's journal has it;
 * false: not (yet) there.  unsure: its clock was not set then. */
bool top_names_since(
    const char *store, const char *device, int64_t *since_ms, bool *unsure);

#endif
