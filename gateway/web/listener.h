/*
 * listener.h - the two sockets the server listens on, for start-up only
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "gateway/base/err.h"

#define LISTENER_HOST_MAX 256 /* a DNS name and its NUL */

/* A Unix socket of mode 0660.  A socket there that nobody answers is replaced;
 * one that is answered, or another kind of file, is an error.  Returns the
 * descriptor, or -1 with the reason and errno: EROFS, ENOSPC, EDQUOT or EIO if
 * it is the disk that takes nothing. */
int listener_unix(const char *path, struct err *err);

/* listen: "127.0.0.1:8080", "[::1]:8080", "localhost:0".  Its host is copied to
 * host, without brackets.  Returns the descriptor, or -1 with the reason. */
int listener_tcp(
    const char *listen, char host[LISTENER_HOST_MAX], struct err *err);

/* The port a TCP socket has. */
int listener_port(int fd);

#endif
