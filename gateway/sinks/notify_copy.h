/* notify_copy.h - a copy of notify.h's configuration that lives by itself */
#ifndef NOTIFY_COPY_H
#define NOTIFY_COPY_H

#include "gateway/base/arena.h"
#include "gateway/sinks/notify.h"

/* With all it points to; its memory is a's. */
const struct notify_conf *notify_copy(
    struct arena *a, const struct notify_conf *conf);

#endif
