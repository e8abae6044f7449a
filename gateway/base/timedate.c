/*
 * timedate.c - whether systemd-timedated takes the clock for synchronised
 *
 * libsystemd is loaded when it is needed, which is seldom (clockwatch.c): it
 * brings five libraries along and takes a megabyte of memory.
 */
#include "gateway/base/timedate.h"

#include <dlfcn.h>
#include <systemd/sd-bus.h>

#include "gateway/base/log.h"

static struct {
	__typeof__(sd_bus_open_system) *open_system;
	__typeof__(sd_bus_get_property_trivial) *get;
	__typeof__(sd_bus_flush_close_unref) *close;
} bus_calls;

static bool
load(void)
{
	void *library;

	if (bus_calls.close != NULL)
		return true;
	if ((library = dlopen("libsystemd.so.0", RTLD_NOW)) == NULL)
		return false;
	*(void **)&bus_calls.open_system = dlsym(library, "sd_bus_open_system");
	*(void **)&bus_calls.get =
	    dlsym(library, "sd_bus_get_property_trivial");
	if (bus_calls.open_system == NULL || bus_calls.get == NULL)
		return false;
	*(void **)&bus_calls.close = dlsym(library, "sd_bus_flush_close_unref");
	return bus_calls.close != NULL;
}

static void
say_missing(void)
{
	static bool said;

	if (!said)
		log_warn(
		    "nobody can be asked whether the clock is right: "
		    "libsystemd.so.0 is missing; install libsystemd0.  Until "
		    "then it counts as not synchronised");
	said = true;
}

bool
timedate_synced(void)
{
	sd_bus *bus = NULL;
	int yes = 0;

	if (!load()) {
		say_missing();
		return false;
	}
	if (bus_calls.open_system(&bus) < 0 ||
	    bus_calls.get(bus, "org.freedesktop.timedate1",
		"/org/freedesktop/timedate1", "org.freedesktop.timedate1",
		"NTPSynchronized", NULL, 'b', &yes) < 0)
		yes = 0;
	bus_calls.close(bus);
	return yes != 0;
}
