/*
 * timedate.c - whether systemd-timedated takes the clock for synchronised
 */
#include "gateway/base/timedate.h"

#include <systemd/sd-bus.h>

bool
timedate_synced(void)
{
	sd_bus *bus = NULL;
	int yes = 0;

	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_get_property_trivial(bus, "org.freedesktop.timedate1",
		"/org/freedesktop/timedate1", "org.freedesktop.timedate1",
		"NTPSynchronized", NULL, 'b', &yes) < 0)
		yes = 0;
	sd_bus_flush_close_unref(bus);
	return yes != 0;
}
