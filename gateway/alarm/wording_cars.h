/*
 * wording_cars.h - what is known of cars, as facts of an alarm's text, pure
 *
 *	7栋2单元 行驶中有人（2秒前）；8栋1单元 无人；9栋1单元 未知
 *	building 7 stair 2: moving, occupied (2 s ago); building 8 stair 1:
 *	empty; building 9 stair 1: unknown
 *
 * Where a car was, who was in it, and how long before the cut was told that was
 * known; of an empty car at a landing only if it is a minute or more.
 */
#ifndef WORDING_CARS_H
#define WORDING_CARS_H

#include "gateway/alarm/sweep.h"
#include "gateway/base/buf.h"

/* 有人, 无人, 有人：未知; "occupied", "empty", "occupied: unknown". */
struct text wording_occupied(enum car_occupied occupied);

/* Behind it: ，检修：未知 or ", in inspection: unknown" of a lift that does not
 * tell its mode; else "". */
struct text wording_doubt(bool mode_told);

/* Where it is, with what parts it from the words before: ，停在4层;
 * ，停在4层附近 （楼层间）; "，行驶中"; ", at floor 4"; nothing if that is not
 * known.  label: the floor as people see it; NULL or "": as its controller
 * counts. */
void wording_position(
    struct buf *out, const struct car_state *s, const char *label, bool en);

/* 停电, 疑似停电 or A相缺相; "supply lost", "suspected power cut" or "L1 lost".
 * phases: the lost ones, bit 0 is L1. */
struct text wording_cut(bool suspected, uint8_t phases);

/* What was last known of one car, without its place. */
void wording_car(struct buf *out, const struct sweep_car *car, bool en);

/* Its cars in their order; late: the places of those alone that have not
 * restarted and were not checked.  Of a fixed buf that has not room for all,
 * those that fit, and "等12台" (in all), "and 7 more". */
void wording_cars(
    struct buf *out, const struct sweep_list *list, bool late, bool en);

#endif
