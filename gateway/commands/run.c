/* run.c - `riser run`: the daemon, in the foreground */
#include <unistd.h>

#include "gateway/commands/commands.h"
#include "gateway/daemon.h"

int
command_run(int argc, char *argv[])
{
	const char *file = NULL;
	int option;

	while ((option = getopt(argc, argv, "+:c:")) != -1) {
		if (option != 'c')
			return usage_error(
			    "run", "unknown option \"-%c\"", optopt);
		file = optarg;
	}
	if (file == NULL || optind != argc)
		return usage_error("run", "say which configuration: -c FILE");
	return daemon_run(file);
}
