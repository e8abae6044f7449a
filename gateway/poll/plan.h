/*
 * plan.h - points -> requests, pure
 *
 * Points of one device, one space and one period that lie near one another are
 * asked in one request: merged while the hole between them is at most max_gap
 * and the request at most max_read registers, never across a forbidden range,
 * a value never split.
 */
#ifndef PLAN_H
#define PLAN_H

#include "drivers/driver.h"

struct plan_point {
	uint16_t point; /* index into the device's points */
	uint8_t space;
	uint16_t address;
	uint16_t count; /* registers, or bits */
	uint32_t every_ms;
};

struct plan_range {
	uint16_t first, last; /* inclusive */
};

struct plan_device {
	uint16_t device; /* index into the catalog */
	uint8_t unit;
	uint16_t max_read; /* registers a request */
	uint16_t max_gap; /* registers nobody wants, to save a request */
	uint32_t min_gap_ms; /* between two requests to this device */
	size_t hole_count;
	const struct plan_range *holes; /* never asked across */
	size_t point_count;
	const struct plan_point *points;
};

struct plan_part {
	uint16_t point;
	uint16_t at; /* register or bit inside the reply */
};

struct plan_request {
	uint16_t device; /* index into the catalog */
	uint16_t slot; /* index into the plan's devices */
	struct driver_request ask;
	uint32_t every_ms;
	uint32_t part_first, part_count; /* into parts */
};

struct plan_slot {
	uint16_t device;
	uint8_t unit;
	uint32_t min_gap_ms;
	uint32_t fastest_ms; /* period of its fastest request */
};

struct plan {
	size_t slot_count, request_count, part_count;
	struct plan_slot *slots;
	struct plan_request *requests;
	struct plan_part *parts;
};

struct plan *plan_new(const struct plan_device *devices, size_t count);
void plan_free(struct plan *p);

#endif
