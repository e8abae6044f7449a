/* check.c - `riser check`: says what is wrong with a configuration */
#include <stdio.h>
#include <unistd.h>

#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"

struct totals {
	size_t points, requests;
};

/* A bus's line of the summary: what a pass over all its requests takes on the
 * wire at least, and how much of the bus's time that is at their periods. */
static void
print_bus(const struct conf *c, size_t i, struct totals *t)
{
	const struct conf_bus *b = &c->buses[i];
	struct plan *plan = conf_plan(c, i);
	double pass_us = 0;

	for (size_t r = 0; r < plan->request_count; r++)
		pass_us += (double)b->driver->cost_us(
		    &b->line, &plan->requests[r].ask);
	printf("  bus %-16s %3zu devices %5zu points %4zu requests a cycle, "
	       "%.3f s on the wire, load %.1f %%\n",
	    b->id, plan->slot_count, plan->part_count, plan->request_count,
	    pass_us / 1e6, conf_load(c, i, plan) * 100);
	t->points += plan->part_count;
	t->requests += plan->request_count;
	plan_free(plan);
}

static void
print_summary(const struct conf *c)
{
	struct totals t = {0};

	printf("%s: good\n", c->file);
	for (size_t i = 0; i < c->bus_count; i++)
		print_bus(c, i, &t);
	printf("  site %s: %zu buses, %zu devices, %zu points, %zu requests a "
	       "cycle\n",
	    c->site.id, c->bus_count, c->device_count, t.points, t.requests);
}

int
command_check(int argc, char *argv[])
{
	const char *file = NULL;
	struct conf *c;
	int option;

	while ((option = getopt(argc, argv, "+:c:")) != -1) {
		if (option != 'c')
			return usage_error(
			    "check", "unknown option \"-%c\"", optopt);
		file = optarg;
	}
	if (file == NULL || optind != argc)
		return usage_error("check", "say which configuration: -c FILE");
	c = conf_read(file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	print_summary(c);
	conf_warn(c, stderr);
	conf_free(c);
	return EXIT_DONE;
}
