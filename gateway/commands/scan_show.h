/*
 * scan_show.h - what a scan found, for people, for riser.yaml and for programs
 *
 * In the command's language (tongue.h); the driver's own words are English.
 */
#ifndef SCAN_SHOW_H
#define SCAN_SHOW_H

#include "gateway/base/buf.h"
#include "gateway/commands/scan_run.h"

/* "9600 8N1"; of a connection "". */
#define SCAN_SETTING_TEXT 24
const char *scan_setting_text(
    const struct driver_line *line, char text[SCAN_SETTING_TEXT]);

/* One line of at most 79 columns, without a newline: how far it is. */
void scan_show_progress(const struct scan *s, int64_t whole_ms, struct buf *b);

/* What is to be done before the first question. */
void scan_show_intent(const struct scan *s, const char *url, FILE *out);

/* Who is there; and below it what to paste. */
void scan_show_found(const struct scan *s, FILE *out);
void scan_yaml(const struct scan *s, struct buf *b);

/* What was heard besides, and what to do about it: a line each. */
void scan_troubles(const struct scan *s, struct buf *b);

/* Nobody was found: what to look at. */
void scan_show_nobody(const struct scan *s, FILE *out);

/* One document. */
void scan_json(const struct scan *s, const char *url, struct buf *b);

#endif
