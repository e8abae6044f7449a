/*
 * assets.h - the dashboard's files, in the binary
 */
#ifndef ASSETS_H
#define ASSETS_H

struct asset {
	const char *path; /* "/", "/app.js" */
	const char *type; /* Content-Type */
	const char *begin, *end;
};

#define ASSET_COUNT 4

extern const struct asset assets[ASSET_COUNT];

#endif
