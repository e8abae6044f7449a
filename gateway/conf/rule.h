/*
 * rule.h - the `alarms` of kind, profile and device -> a device's rules
 */
#ifndef RULE_H
#define RULE_H

#include "gateway/conf/layer.h"

/*
 * Conditions ask points, and what riser knows itself: online of every device,
 * identified where the profile has an identity, bus_up of riser itself
 * (l->riser), of whose alarms one that asks it stands once for each bus.  No
 * point is called so (formula_reserved), or an alarm for a device that does not
 * answer would wait for its answer.
 *
 * Fills d->alarms; all points are there, the derived ones too.
 */
void rule_read(struct walk *w, const struct layers *l, struct conf_device *d);

/* Whether any of its conditions asks it. */
bool rule_asks(const struct alarm_rule *a, uint16_t point);

#endif
