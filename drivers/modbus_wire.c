/*
 * modbus_wire.c - see modbus_wire.h
 *
 * A transparent serial server puts on its line what comes in at its socket, and
 * sends what comes from the line, in pieces as it likes.  To a reader who looks
 * for frames by their contents (modbus_frame.c) that is one more serial
 * adapter, so modbus_serial.c reads the socket as it reads a port.  A pty with
 * a pump to the socket was not made: it would be a thread and two buffers, to
 * hide which of two descriptors is read.
 *
 * In one thing a network is worse than a cable: it may keep a question back and
 * then deliver it together with the next, without the silence between them.
 * modbus_wire_delivered() sees such a question, and closing the connection with
 * a reset takes it back.
 */
#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/modbus_port.h"
#include "drivers/modbus_wire.h"

const char *
modbus_wire_init(struct modbus_wire *w, const struct driver_line *line)
{
	bool net = strcmp(line->scheme, "rtu+tcp") == 0;

	*w = (struct modbus_wire){.line = line, .fd = -1};
	if (!net && line->path[0] == '\0')
		return "an rtu bus needs the path of a port";
	if (net && (line->host[0] == '\0' || line->port == 0))
		return "an rtu+tcp bus needs a host and a port";
	if (net && (w->dial = modbus_dial_new(line->host, line->port)) == NULL)
		return "no memory";
	return modbus_port_fault(line);
}

void
modbus_wire_free(struct modbus_wire *w)
{
	modbus_wire_close(w);
	modbus_dial_free(w->dial);
	w->dial = NULL;
}

const char *
modbus_wire_open(struct modbus_wire *w, int64_t deadline_us)
{
	const char *why;

	assert(w->fd == -1);
	if (w->dial != NULL)
		w->fd = modbus_dial(w->dial, deadline_us, &why);
	else if ((w->port = modbus_port_open(w->line, &why)) != NULL)
		w->fd = modbus_get_socket(w->port);
	return w->fd == -1 ? why : NULL;
}

void
modbus_wire_close(struct modbus_wire *w)
{
	struct linger reset = {.l_onoff = 1};

	if (w->dial != NULL && w->fd != -1) {
		if (!modbus_wire_delivered(w))
			(void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &reset,
			    sizeof(reset));
		close(w->fd);
	}
	modbus_port_close(w->port);
	w->port = NULL;
	w->fd = -1;
}

static const char *
send_to_server(struct modbus_wire *w, const struct modbus_question *q)
{
	ssize_t sent = send(w->fd, q->bytes, sizeof(q->bytes), MSG_NOSIGNAL);

	if (sent == -1 && errno != EAGAIN)
		return strerror(errno);
	return sent == sizeof(q->bytes) ? NULL
					: "the server takes no bytes any more";
}

static const char *
send_to_port(struct modbus_wire *w, const struct modbus_question *q)
{
	int sent = modbus_set_slave(w->port, q->bytes[0]);

	assert(sent == 0); /* the unit is one of a serial line's */
	do /* a signal before the first byte; later it only cuts short */
		sent = modbus_send_raw_request(
		    w->port, q->bytes, MODBUS_FRAME_ASKED);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno != EAGAIN && errno != EMBBADDATA)
		return modbus_strerror(errno);
	return sent == (int)sizeof(q->bytes)
	    ? NULL
	    : "the port takes no bytes any more";
}

const char *
modbus_wire_send(struct modbus_wire *w, const struct modbus_question *q)
{
	return w->dial != NULL ? send_to_server(w, q) : send_to_port(w, q);
}

bool
modbus_wire_delivered(const struct modbus_wire *w)
{
	int waiting = 0;

	return w->dial == NULL || ioctl(w->fd, SIOCOUTQ, &waiting) == -1 ||
	    waiting == 0;
}
