/*
 * plan.h - points -> requests, pure
 *
 * The points of one device, one space and one period become the requests that
 * take the least time on the wire, of all that keep the limits: a hole between
 * two points is at most max_gap, a request at most max_read registers, never
 * across a forbidden range; a value is never split, nor from the registers that
 * say its unit and decimals; and no request takes longer than half the fastest
 * period of its bus, if it can be made of smaller ones and the bus can keep its
 * periods at all.  A point that lies in a
 * faster request of its device rides in it and costs nothing.  A device's
 * identity is a request of its own, which goes before all others.  A request
 * that brings an urgent point is urgent (turn.h); that changes no request.
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
	uint16_t lead; /* how far behind address the value itself begins; the
			  registers around it say its unit and decimals */
	bool urgent; /* whoever waits for it cannot wait for the others */
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
	bool has_identity;
	struct plan_point identity; /* point and every_ms are not looked at */
	size_t point_count;
	const struct plan_point *points;
};

/* Beside the wire's own time each request is held to cost so much: the device
 * thinks, and a connection has its round trip. */
#define PLAN_TURNAROUND_US 5000

/* An identity is asked again and again: a device may be swapped. */
#define PLAN_IDENTITY_EVERY_MS 60000

struct plan_part {
	uint16_t point;
	uint16_t at; /* register or bit inside the reply */
	uint16_t first, count; /* what must be asked for it, in the same */
	uint32_t every_ms; /* the point's own period: longer than the
			      request's if it rides */
};

struct plan_request {
	uint16_t device; /* index into the catalog */
	uint16_t slot; /* index into the plan's devices */
	struct driver_request ask;
	uint32_t every_ms;
	bool identity; /* no parts; goes before all others that are due */
	bool urgent; /* one of its points is */
	uint16_t lead; /* of an identity: where its value begins */
	uint32_t part_first, part_count; /* into parts, by their place */
};

struct plan_slot {
	uint16_t device;
	uint8_t unit;
	uint32_t min_gap_ms;
	uint32_t fastest_ms; /* period of its fastest request for points */
};

struct plan {
	size_t slot_count, request_count, part_count;
	struct plan_slot *slots;
	struct plan_request *requests;
	struct plan_part *parts;
};

/* Of all devices on a line, which must be one of the driver's. */
struct plan *plan_new(const struct plan_device *devices, size_t count,
    const struct driver *driver, const struct driver_line *line);
void plan_free(struct plan *p);

#endif
