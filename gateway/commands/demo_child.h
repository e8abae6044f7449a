/*
 * demo_child.h - the processes of a demo
 *
 * Each writes to a log in the demo's folder, and dies with us even if we are
 * killed (PDEATHSIG).
 */
#ifndef DEMO_CHILD_H
#define DEMO_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "gateway/base/buf.h"

enum demo_child {
	DEMO_BROKER,
	DEMO_SIM,
	DEMO_GATEWAY,
	DEMO_SUBSCRIBER,
	DEMO_CHILD_COUNT
};

extern const char *const demo_child_names[DEMO_CHILD_COUNT];

struct demo_children {
	char dir[64];
	pid_t pids[DEMO_CHILD_COUNT]; /* 0: not running */
};

/* argv[0] is looked up in PATH.  Its stdout goes to out_fd, or to its log with
 * -1.  0, or -1 if there can be no process; that it cannot be executed is seen
 * as its end. */
int demo_child_start(
    struct demo_children *c, enum demo_child which, int out_fd, char *argv[]);

/* SIGTERM, and SIGKILL to one that does not heed it. */
void demo_child_stop(struct demo_children *c, enum demo_child which);

/* One that ended though nobody asked it to, or DEMO_CHILD_COUNT. */
enum demo_child demo_child_lost(struct demo_children *c);

/* Whether it said anything so far. */
bool demo_child_spoke(const struct demo_children *c, enum demo_child which);

/* What it said, to stderr. */
void demo_child_tell(const struct demo_children *c, enum demo_child which);

/* All of a file to out, or text to a new file in dir: 0, or -1 and errno. */
int demo_file_read(const char *path, struct buf *out);
int demo_file_write(
    const struct demo_children *c, const char *name, const struct buf *text);

#endif
