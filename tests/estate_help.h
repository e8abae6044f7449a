/*
 * estate_help.h - two devices of which one has a point of each form
 */
#ifndef ESTATE_HELP_H
#define ESTATE_HELP_H

#include "gateway/measure/sample.h"

static const struct enum_name names[] = {{-1, "lost"}, {INT64_MAX, "far"}};
static const struct point_info points[] = {
    {.name = "p0", .unit = "kW", .role = "counter"},
    {.name = "p1", .unit = "", .role = NULL, .form = FORM_TEXT},
    {.name = "p2",
	.unit = "",
	.role = "",
	.form = FORM_ENUM,
	.name_count = 2,
	.names = names},
};
static const struct device_info devices[] = {
    {.id = "a", .kind = "transformer", .point_count = 3, .points = points},
    {.id = "b", .kind = NULL, .point_count = 0},
};
static const struct catalog catalog = {.device_count = 2, .devices = devices};

#endif
