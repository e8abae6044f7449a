/*
 * channel.h - the channels of a configuration's `notify`
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "gateway/conf/walk.h"
#include "gateway/sinks/notify.h"

#define CHANNELS_MAX 64

/* What the files that channels name are judged with, and what people_list is:
 * no channel has a person's id.  dir: where relative file names begin. */
void channel_read(struct walk *w, const struct node *list,
    const struct node *people_list, const char *dir, struct notify_conf *c);

/* -1: no channel is called so. */
int channel_find(const struct notify_conf *c, const char *id);

/* A list of P1 to P4 as bits, P1 bit 0; words: those it may have, a part of
 * alarm_severity_names.  0: none, and told. */
uint8_t channel_severities(
    struct walk *w, const struct node *list, const char *const *words);

#endif
