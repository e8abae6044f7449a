/*
 * letter_cars.h - the lifts of a power cut in a letter, pure
 *
 *	3号变压器 停电，影响电梯3台，有人1台，未知1台
 *	...
 *	3栋1单元 行驶中有人，5层（停电前2秒）  救援码 200145  安达电梯 400-..
 *	3栋2单元 未知  救援码 200146  安达电梯 400-000-0000
 *	3栋3单元 已恢复运行
 *	请逐台对讲核实
 *
 * The alarm's own text tells what was so when the cut was told; this is what is
 * so now.  First those that nobody has looked after and that have not come
 * back, in the list's order (sweep.h), as many as there is room for; then the
 * others.  What a car did is as it was last known before the cut was told.
 */
#ifndef LETTER_CARS_H
#define LETTER_CARS_H

#include "gateway/base/json.h"
#include "gateway/sinks/letter_parts.h"

/* Of an alarm that has cars: what it comes to, without an end of line. */
void letter_cars_title(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* The supply's return, if it is back; the lines of cars; what is to be done. */
void letter_cars_return(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);
void letter_cars(struct buf *out, const struct letter_voice *v,
    const struct letter_item *item);

/* "suspected" and "cars", as letter.h says. */
void letter_cars_json(struct json *j, const struct letter_voice *v,
    const struct letter_item *item);

#endif
