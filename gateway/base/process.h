/*
 * process.h - what the kernel says of this process
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "gateway/base/buf.h"

/* Prometheus' process_* figures, whole lines with HELP and TYPE.  What /proc
 * does not tell is left out. */
void process_print(struct buf *out);

#endif
