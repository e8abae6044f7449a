/* vitals.c - what the heartbeat of the pages says of the daemon */
#include "gateway/vitals.h"

#include "gateway/sinks/roster.h"

static void
uplink(struct pulse_known *known, struct journal *readings, const char *sink,
    bool connected)
{
	known->uplinks[known->uplink_count++] = (struct pulse_uplink){
	    .sink = sink,
	    .connected = connected,
	    .pending = cursor_table_pending(journal_cursors(readings), sink)};
}

void
vitals_uplinks(struct pulse_known *known, const struct conf *conf,
    struct journal *readings, bool delivers, bool connected)
{
	if (conf->has_mqtt)
		uplink(known, readings, "mqtt", delivers);
	if (conf->has_influx)
		uplink(known, readings, "influx", connected);
}

void
vitals_duty(struct pulse_known *known, const struct conf *conf, int64_t now_ms)
{
	uint16_t people[PULSE_DUTY_MAX];
	size_t count = 0;

	if (conf->has_notify)
		count = roster_on_duty(
		    &conf->notify, now_ms, people, PULSE_DUTY_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct notify_person *p = &conf->notify.people[people[i]];
		struct pulse_duty *d = &known->duty[i];

		pulse_name(d->zh, p->name.zh);
		pulse_name(d->en, p->name.en);
		if (p->phone != NULL)
			pulse_mask(d->phone, p->phone);
	}
	known->duty_count = (uint8_t)count;
}
