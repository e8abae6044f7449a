/*
 * top_screen.h - a terminal that riser top has for itself
 *
 * The alternate screen, without a cursor and without wrapped lines; keys come
 * one by one.  What was there before is there again after top_screen_close, and
 * after every signal that ends the process, those of a crash too.  One of the
 * process.  SIGTSTP gives the terminal back for as long as it stops.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "gateway/commands/top_frame.h"

/* stdout is a terminal that knows more than to print. */
bool top_screen_is_there(void);

void top_screen_open(void);
void top_screen_close(void);

/* Of stdout's terminal; 80 x 24 if it does not say. */
void top_screen_size(size_t *columns, size_t *rows);

/* In one write.  -1: the terminal is gone. */
int top_screen_draw(const struct top_frame *f);

/* Waits for a key, so many ms at most, or until the size changes; 0: none. */
int top_screen_key(int timeout_ms);

/* SIGINT, SIGTERM, SIGHUP or SIGQUIT came: its number; else 0. */
int top_screen_ended(void);

#endif
