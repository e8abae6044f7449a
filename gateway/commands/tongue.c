/* tongue.c - see tongue.h */
#include "gateway/commands/tongue.h"

#include <stdlib.h>
#include <string.h>

static bool is_zh;

static const char *
locale_name(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = getenv(names[i]);

		if (name != NULL && name[0] != '\0')
			return name;
	}
	return "";
}

void
tongue_set(const char *name)
{
	is_zh = strncmp(name == NULL ? locale_name() : name, "zh", 2) == 0;
}

bool
tongue_choose(const char *name)
{
	tongue_set(name);
	return strcmp(name, "zh") == 0 || strcmp(name, "en") == 0;
}

bool
tongue_is_zh(void)
{
	return is_zh;
}

const char *
tongue(const char *en, const char *zh)
{
	return is_zh ? zh : en;
}
