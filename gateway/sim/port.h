/*
 * port.h - one place where masters ask: a listening socket, or a serial line
 *
 * Gives whole requests and sends replies when they are due.  Never blocks.
 */
#ifndef PORT_H
#define PORT_H

#include <poll.h>
#include <stdbool.h>

#include "gateway/base/err.h"
#include "gateway/sim/frame.h"

#define PORT_CLIENTS_MAX 64 /* connections; one more is closed at once */
#define PORT_FDS_MAX (PORT_CLIENTS_MAX + 1)

struct port;
struct client;

/* A pty at the line's path; or a listener, which speaks Modbus/TCP, or with a
 * line as a serial server before that line: RTU frames in the line's time.
 * NULL with the reason.  The line is borrowed for the port's life. */
struct port *port_serial(const struct driver_line *line, struct err *err);
struct port *port_listen(const char *host, uint16_t number,
    const struct driver_line *line, struct err *err);
void port_close(struct port *p); /* NULL is fine */

/* Whether a host is loopback: 127.x.x.x, ::1 or localhost. */
bool port_is_loopback(const char *host);

/* "/run/x/shaft-3 -> /dev/pts/7" or "127.0.0.1:1502". */
const char *port_where(const struct port *p);

/* Adds what it wants to hear of to the count fds there are, at most
 * PORT_FDS_MAX, and returns how many there are then; *until_us sinks to the
 * moment at which the port has something to do.  After poll the same fds go to
 * port_turn: it accepts, reads, drops whom it lost, and sends what is due. */
size_t port_wish(struct port *p, struct pollfd *fds, size_t count,
    int64_t now_us, int64_t *until_us);
void port_turn(struct port *p, const struct pollfd *fds, int64_t now_us);

/* The next whole request and who asked, good until the next port_turn. */
bool port_take(
    struct port *p, struct frame *f, struct client **from, int64_t now_us);

/* Queues the reply to the request just taken from that client: after 1 ms on
 * TCP, after both frames' time on a serial line; extra_us later still. */
void port_give(struct port *p, struct client *to, const struct frame *reply,
    int64_t extra_us, int64_t now_us);

#endif
