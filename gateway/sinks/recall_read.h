/*
 * recall_read.h - reads what people were told before this process, from the
 * store
 *
 * Of each alarm that stands, all since its round began, however long ago; of
 * the others what the last seven days have.  From the chronicle, and from the
 * log of events for what that has not got yet; from the log alone if the
 * chronicle cannot be read.
 */
#ifndef RECALL_READ_H
#define RECALL_READ_H

#include "gateway/sinks/recall.h"
#include "gateway/sinks/tether.h"
#include "gateway/store/journal.h"

/* Into h, which is of what the board showed.  Blocks on the disk, off the
 * tether in questions to the chronicle.  A tether that is cut ends the thread
 * in here: h and page are the caller's to free.  dir: the store's; page: room
 * for answers. */
struct recall_source {
	const char *dir;
	struct journal *events;
	struct tether *tether;
	struct recall *recall;
	struct buf *page;
};
void recall_read(const struct recall_source *p);

#endif
