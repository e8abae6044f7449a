/*
 * people.h - the `people` of a configuration, and lists that name them
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "gateway/conf/walk.h"
#include "gateway/sinks/notify.h"

#define PEOPLE_MAX 512

/* list may be NULL: nobody. */
void people_read(
    struct walk *w, const struct node *list, struct notify_conf *c);

/* Whom a list names, each once; it is told if there is none of that name.
 * Returns how many; *people lives in the walk's memory. */
size_t people_named(struct walk *w, const struct node *list,
    const struct notify_conf *c, const uint16_t **people);

/* -1: nobody is called so. */
int people_find(const struct notify_conf *c, const char *id);

/* The key of a person that a channel of this type reaches it by. */
const char *people_key(uint8_t type);

/* Tells if the id of a map is that of an earlier one of the list too, or, if
 * the map is not in it, of any; list may be NULL; what: "person". */
void people_judge_id(struct walk *w, const struct node *map,
    const struct node *list, const char *what);

/* Tells if n, a text, is no mail address: wang@estate.example. */
void people_judge_address(struct walk *w, const struct node *n);

#endif
