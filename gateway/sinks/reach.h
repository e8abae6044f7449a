/*
 * reach.h - why an address of the network cannot be reached, in words
 *
 * Resolves the name and makes a TCP connection, which it closes again.
 */
#ifndef REACH_H
#define REACH_H

#include <stddef.h>
#include <stdint.h>

/* 0, or -1 with the reason in why.  Blocks: for timeout_ms at most on the
 * connection, and for as long as the resolver likes on the name. */
int reach(const char *host, const char *port, int64_t timeout_ms, char *why,
    size_t size);

#endif
