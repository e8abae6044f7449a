/*
 * top_json.h - what riser top knows, as one document
 */
#ifndef TOP_JSON_H
#define TOP_JSON_H

#include "gateway/commands/top_look.h"

/* Figures that the gateway does not tell are null; counters are since its
 * start. */
char *top_json(const struct top_picture *p); /* free it */

#endif
