/* main.c - which command */
#include <stdio.h>

#include "gateway/commands/commands.h"

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
	return command(argc - 1, argv + 1);
}
