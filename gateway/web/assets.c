/* assets.c - the dashboard's files, in the binary */
#include "gateway/web/assets.h"

#include <string.h>

/* The script looks at the path itself. */
static const char *const pages[] = {"/", "/wall", "/login"};

const struct asset *
asset_find(const char *path)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(path, pages[i]) == 0)
			return &assets[0];
	for (size_t i = 1; i < asset_count; i++)
		if (strcmp(path, assets[i].path) == 0)
			return &assets[i];
	return NULL;
}
