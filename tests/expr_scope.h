/* expr_scope.h - a device with points of every form, as expressions see it */
#ifndef EXPR_SCOPE_H
#define EXPR_SCOPE_H

#include <string.h>

#include "gateway/measure/expr.h"

static const struct enum_name doors[] = {
    {0, "closed"}, {1, "opening"}, {2, "open"}, {-1, "out of order"}};
static const struct enum_name modes[] = {{0, "stopped"}, {1, "normal"},
    {2, "FIRE"}, {3, "and"}, {4, "\xe8\xbf\x90\xe8\xa1\x8c"}, {5, "max"}};
static const struct enum_name serials[] = {
    {0, "none"}, {INT64_C(9007199254740993), "late"}};

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

enum {
	LOAD,
	PRESSURE,
	L1,
	L2,
	L3,
	MOVING,
	BUTTON,
	DOOR,
	INNER_DOOR,
	MODE,
	LABEL,
	PUMP_HOURS,
	OPEN,
	SERIAL,
	POINTS
};

#define POINT(index, ...)                                                      \
	{                                                                      \
		EXPR_POINT, .point = (index), __VA_ARGS__                      \
	}
#define ENUM(index, list)                                                      \
	POINT(index, .form = FORM_ENUM, .names = (list),                       \
	    .name_count = sizeof(list) / sizeof((list)[0]))

/* The points first, each at its number. */
static const struct meaning {
	const char *name;
	struct expr_name is;
} meanings[] = {
    {"load", POINT(LOAD, .form = FORM_NUMBER)},
    {"pressure", POINT(PRESSURE, .form = FORM_NUMBER)},
    {"current_l1", POINT(L1, .form = FORM_NUMBER)},
    {"current_l2", POINT(L2, .form = FORM_NUMBER)},
    {"current_l3", POINT(L3, .form = FORM_NUMBER)},
    {"moving", POINT(MOVING, .form = FORM_BOOL)},
    {"alarm_button", POINT(BUTTON, .form = FORM_BOOL)},
    {"door", ENUM(DOOR, doors)},
    {"inner_door", ENUM(INNER_DOOR, doors)},
    {"service_mode", ENUM(MODE, modes)},
    {"floor_label", POINT(LABEL, .form = FORM_TEXT)},
    {"pump3_hours", POINT(PUMP_HOURS, .form = FORM_NUMBER)},
    {"open", POINT(OPEN, .form = FORM_NUMBER)},
    {"serial", ENUM(SERIAL, serials)},
    {"rating.in", {EXPR_CONSTANT, .value = 909}},
    {"rating.kva", {.meaning = EXPR_ABSENT}},
};

static inline void
expr_find(const void *context, const char *name, struct expr_name *out)
{
	(void)context;
	*out = (struct expr_name){.meaning = EXPR_UNKNOWN};
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].name, name) == 0)
			*out = meanings[i].is;
}

static const struct expr_scope scope = {
    .find = expr_find, .var = "pump", .number = 3};

#endif
