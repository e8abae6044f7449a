/*
 * demo_stage.c - how to let something happen in a demo
 *
 * A Modbus client is what a newcomer has not got, but a write of one register
 * is twelve bytes that bash can send.
 */
#include "gateway/commands/demo_stage.h"

#include <string.h>

#define LIFT_TRAPS 70 /* riser help sim */
#define SUPPLY_CUT 10

static bool
is_serial(const struct conf_bus *b)
{
	return strcmp(b->line.scheme, "rtu") == 0;
}

static int
doors_before(const struct conf *c, size_t bus)
{
	int count = 0;

	for (size_t i = 0; i < bus; i++)
		count += is_serial(&c->buses[i]);
	return count;
}

int
demo_stage_doors(const struct conf *c)
{
	return doors_before(c, c->bus_count);
}

/* A Modbus-TCP frame: its number, 0, the length of the rest, unit 255, function
 * 6, register, value. */
static void
print_write(const struct conf *c, const struct conf_device *d, unsigned number,
    int door_port, const char *what, FILE *out)
{
	const struct conf_bus *b = &c->buses[d->bus];

	fprintf(out,
	    "  %s %s: bash -c \"printf '\\0\\1\\0\\0\\0\\6\\377\\6\\0\\%o\\0\\%o' "
	    ">/dev/tcp/127.0.0.1/%d\"\n",
	    d->id, what, d->unit, number,
	    is_serial(b) ? door_port + doors_before(c, d->bus) : b->line.port);
}

static const struct conf_device *
first_lift(const struct conf *c)
{
	for (size_t i = 0; i < c->device_count; i++)
		if (strcmp(c->devices[i].kind, "elevator") == 0)
			return &c->devices[i];
	return NULL;
}

void
demo_stage_print(const struct conf *c, int door_port, FILE *out)
{
	const struct conf_device *lift = first_lift(c);

	if (lift == NULL)
		return;
	fputs("to let something happen (more: riser help sim):\n", out);
	print_write(c, lift, LIFT_TRAPS, door_port,
	    "stops with people in it on its next ride", out);
	print_write(c, lift, 0, door_port, "goes on", out);
	if (lift->feeder == NULL)
		return;
	print_write(c, lift->feeder, SUPPLY_CUT, door_port, "is cut", out);
	print_write(c, lift->feeder, 0, door_port, "is back", out);
}
