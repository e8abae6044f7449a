/*
 * rule.h - the `alarms` of kind, profile and device -> a device's rules
 */
#ifndef RULE_H
#define RULE_H

#include "gateway/conf/layer.h"

/* Fills d->alarms; all points are there, the derived ones too. */
void rule_read(struct walk *w, const struct layers *l, struct conf_device *d);

extern const char *const rule_severities[]; /* enum conf_severity; NULL ends */

#endif
