/*
 * car_view.h - the inside of car.h, for its files alone: what a lift's points
 * say at one moment, without any memory
 */
#ifndef CAR_VIEW_H
#define CAR_VIEW_H

#include "gateway/alarm/car.h"

/* The numbers of one moment; NAN is not known. */
struct car_view {
	const struct car *car;
	double of[CAR_POINTS];
};

/* held: what is not good any more is still what it was, for CAR_HOLD_MS of
 * those in which the car has said anything. */
struct car_view car_view(const struct car *c, bool held);

/* What it is (car.h). */
enum condition_truth car_view_trapped(const struct car_view *v);
enum condition_truth car_view_suspect(const struct car_view *v);
enum condition_truth car_view_unpowered(const struct car_view *v);
enum condition_truth car_view_at_risk(const struct car_view *v);
enum condition_truth car_view_fit(const struct car_view *v);
enum car_occupied car_view_occupied(const struct car_view *v);
bool car_view_tells_mode(const struct car_view *v);

/* Neither trapped nor suspect; which of them cannot be concluded from its
 * points at all is left out. */
enum condition_truth car_view_safe(const struct car_view *v);

/* A door that says this has more than one contact. */
bool car_view_door_tells(double number);

bool car_view_moves(const struct car_view *v);
bool car_view_in_zone(const struct car_view *v);
bool car_view_door_shut(const struct car_view *v);
/* Open or opening; of a door with one contact: not closed. */
bool car_view_door_opened(const struct car_view *v);

/* All of it, to be remembered. */
struct car_state car_view_state(const struct car_view *v, int64_t now_ms);

#endif
