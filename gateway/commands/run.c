/* run.c - `riser run`: the daemon, in the foreground */
#include <getopt.h>

#include "gateway/commands/commands.h"
#include "gateway/daemon.h"

int
command_run(int argc, char *argv[])
{
	static const struct option none[] = {{0}}; /* that are long */
	const char *file = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "+:c:", none, NULL)) != -1) {
		if (option != 'c')
			return usage_option("run", option, argv[optind - 1]);
		file = optarg;
	}
	if (file == NULL || optind != argc)
		return usage_error("run", "say which configuration: -c FILE");
	return daemon_run(file);
}
