/* alarm_devices.c - the configuration's devices as alarms.h asks for them */
#include "gateway/alarm_devices.h"

#include "gateway/fault_text.h"

static struct alarms_device
device_of(const struct conf *conf, const struct conf_device *d,
    const struct point_info *points)
{
	return (struct alarms_device){.id = d->id,
	    .name = d->name,
	    .kind = d->kind,
	    .building = d->building,
	    .stair = d->stair,
	    .bus = d->bus,
	    .fed_by = d->feeder != NULL ? (size_t)(d->feeder - conf->devices)
					: ALARMS_UNFED,
	    .point_count = (uint16_t)d->point_count,
	    .points = points,
	    .rule_count = d->alarm_count,
	    .rules = d->alarms};
}

void
alarm_devices_fill(struct alarms_conf *out, const struct conf *conf,
    const struct catalog *catalog, struct arena *memory)
{
	size_t count = conf->device_count;
	struct alarms_device *devices =
	    arena_array(memory, count + 1, sizeof(*devices));
	const char **buses =
	    arena_array(memory, conf->bus_count, sizeof(*buses));

	for (size_t i = 0; i < count; i++)
		devices[i] = device_of(
		    conf, &conf->devices[i], catalog->devices[i].points);
	devices[count] =
	    device_of(conf, &conf->gateway, catalog->devices[count].points);
	for (size_t i = 0; i < conf->bus_count; i++)
		buses[i] = conf->buses[i].id;
	out->device_count = count + 1;
	out->devices = devices;
	out->bus_count = conf->bus_count;
	out->buses = buses;
}

/* None, if it is not there or not known. */
static struct value
value_now(const struct live *live, const struct device_info *info,
    uint16_t device, const char *point)
{
	int i = device_find(info, point);
	const struct live_point *now =
	    i < 0 ? NULL : live_get(live, device, (uint16_t)i);

	if (now != NULL &&
	    (now->quality.code == QUALITY_GOOD ||
		now->quality.code == QUALITY_SIMULATED))
		return now->value;
	return (struct value){.type = VALUE_NONE};
}

struct text
alarm_devices_fault(const struct conf *conf, const struct catalog *catalog,
    const struct live *live, uint16_t device)
{
	const struct device_info *info;
	struct value code, raw;
	int point;

	if (device == conf->device_count)
		return (struct text){NULL, NULL};
	info = &catalog->devices[device];
	point = device_find(info, "fault_code");
	if (point < 0)
		return (struct text){NULL, NULL};
	code = value_now(live, info, device, "fault_code");
	raw = value_now(live, info, device, "fault_raw");
	return fault_text(
	    conf->devices[device].profile, &info->points[point], &raw, &code);
}
