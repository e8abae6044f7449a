/*
 * assets.h - the dashboard's files, in the binary
 *
 * The table is made when the program is built (gateway/web/dashboard/build.mjs)
 * and has each file plain and compressed.
 */
#ifndef ASSETS_H
#define ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset_bytes {
	const char *begin, *end;
};

struct asset {
	const char *path; /* "/index.html", "/app-1f0c9a2b44.js" */
	const char *type; /* Content-Type */
	const char *tag; /* ETag, with its quotation marks; of the plain form */
	bool hashed; /* its path names its content: it never changes */
	struct asset_bytes plain, gzip;
};

/* The first is index.html. */
extern const struct asset assets[];
extern const size_t asset_count;

/* Another build of the dashboard has another; [0-9a-f]. */
extern const char assets_build[];

/* What is served at this path, or NULL.  The pages, which are parts of one
 * script, are all index.html. */
const struct asset *asset_find(const char *path);

#endif
