/*
 * unit.h - the units a point may have
 */
#ifndef UNIT_H
#define UNIT_H

/* NULL ends.  "1" is among them: dimensionless. */
extern const char *const unit_names[];

#endif
