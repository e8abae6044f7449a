/*
 * top_frame.h - the picture of riser top, as lines
 *
 * Pure: what is known and the size of the screen in, lines of text out; so it
 * is the same for a terminal, a pipe and a test.
 *
 * What is wrong comes first: the second line says it in a sentence, then the
 * alarms, the devices that do not answer, and the buses, each with the worst
 * first.  Rows that there is no room for are counted in the list's title.
 */
#ifndef TOP_FRAME_H
#define TOP_FRAME_H

#include "gateway/base/buf.h"
#include "gateway/commands/top_look.h"

enum top_list { TOP_ALL, TOP_ALARMS, TOP_DEVICES, TOP_BUSES, TOP_LIST_COUNT };

enum top_style {
	TOP_PLAIN,
	TOP_HEAD,
	TOP_TITLE,
	TOP_FAINT,
	TOP_GOOD,
	TOP_WARN,
	TOP_BAD
};

struct top_view {
	size_t columns;
	size_t rows; /* 0: as many as it takes */
	enum top_list list; /* which has all the room */
	size_t page; /* of it; begins again at the first after the last */
	bool keys; /* tell which there are */
};

/* Begins as {0}; a line has no more columns than the view. */
struct top_frame {
	size_t columns;
	struct buf line; /* in hand */
	size_t count, room;
	struct top_line {
		char *text;
		enum top_style style;
	} * lines;
};

void top_frame_draw(struct top_frame *f, const struct top_picture *p,
    const struct top_view *view);
void top_frame_free(struct top_frame *f);

/* For who draws a part of it: f->line, which is then clear, becomes a line. */
void top_frame_line(struct top_frame *f, enum top_style style);

#endif
