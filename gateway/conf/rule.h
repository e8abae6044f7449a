/*
 * rule.h - the `alarms` of kind, profile and device -> a device's rules
 */
#ifndef RULE_H
#define RULE_H

#include "gateway/conf/layer.h"

/*
 * Conditions ask points, and what riser knows itself (known.h): online of every
 * device, identified where the profile has an identity, bus_up of riser itself
 * (l->riser), of whose alarms one that asks it stands once for each bus; what
 * is concluded of lifts and of the meters before them.  No point is called so
 * (formula_reserved), or an alarm for a device that does not answer would wait
 * for its answer.
 *
 * A rule whose `when` asks online needs power where nobody says otherwise; and
 * none does on a device of which nobody says who feeds it.
 *
 * Fills d->alarms; all points are there, the derived ones too, and feeder and
 * feeds_lift.
 */
void rule_read(struct walk *w, const struct layers *l, struct conf_device *d);

/* Whether any of its conditions asks it. */
bool rule_asks(const struct alarm_rule *a, uint16_t point);

#endif
