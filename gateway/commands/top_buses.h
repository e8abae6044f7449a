/*
 * top_buses.h - the list of buses of riser top
 */
#ifndef TOP_BUSES_H
#define TOP_BUSES_H

#include "gateway/commands/top_frame.h"

/* On a bus that is DOWN no device answers; a LATE one asks later than it
 * should; on a MARRED one some question failed, or a device does not answer. */
enum top_state { TOP_FINE, TOP_MARRED, TOP_LATE, TOP_DOWN };

enum top_state top_bus_state(const struct top_bus *b);
size_t top_bus_count(const struct top_picture *p, enum top_state state);

/* As top_rows_draw does, which calls it: the worst first, and within them as
 * they always are. */
void top_buses_draw(struct top_frame *f, const struct top_picture *p,
    size_t first, size_t count);

#endif
