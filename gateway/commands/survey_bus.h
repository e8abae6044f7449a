/*
 * survey_bus.h - one bus of a survey being asked
 */
#ifndef SURVEY_BUS_H
#define SURVEY_BUS_H

#include <stdatomic.h>

#include "gateway/commands/survey.h"

/* Questions of all buses; both only grow. */
struct survey_progress {
	atomic_size_t done, count;
};

/* Asks for the points of the bus that are to be read and fills them in. Touches
 * nothing of other buses: they may be asked in other threads. */
void survey_bus_ask(struct survey *s, size_t bus, bool see_more,
    struct survey_progress *progress);

#endif
