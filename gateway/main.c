/* main.c - which command */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gateway/commands/commands.h"

/* As with every other program, `riser run --help` is `riser help run`. */
static bool
wants_help(int argc, char *argv[])
{
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    (i == 2 && strcmp(argv[i], "-h") == 0))
			return true;
	return false;
}

int
main(int argc, char *argv[])
{
	int (*command)(int, char *[]);

	if (argc < 2) {
		command_usage(NULL, stderr);
		return EXIT_USAGE;
	}
	command = command_find(argv[1]);
	if (command == NULL)
		return usage_error(NULL, "there is no command \"%s\"", argv[1]);
	if (wants_help(argc, argv))
		return command_usage(argv[1], stdout);
	return command(argc - 1, argv + 1);
}
