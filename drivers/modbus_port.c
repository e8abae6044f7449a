/*
 * modbus_port.c - see modbus_port.h
 *
 * libmodbus opens and sets the port; what really took effect is read back, for
 * a port that silently drops parity reads like a bus full of noise.
 *
 * RS-485 direction is left to the adapter or the kernel's device tree: neither
 * TIOCSRS485 nor RTS is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/modbus_port.h"

#define PTY_MAJOR_FIRST 136 /* Documentation/admin-guide/devices.txt */
#define PTY_MAJOR_LAST 143

#define HELD_BY_ANOTHER                                                        \
	"another program has this line, and only one can ask; stop that one "  \
	"first (a gateway that runs as a service: systemctl stop riser)"

/* Those libmodbus sets; it takes 9600 for any other without a word. */
static const struct {
	uint32_t baud;
	speed_t speed;
} speeds[] = {
    {110, B110},
    {300, B300},
    {600, B600},
    {1200, B1200},
    {2400, B2400},
    {4800, B4800},
    {9600, B9600},
    {19200, B19200},
    {38400, B38400},
    {57600, B57600},
    {115200, B115200},
    {230400, B230400},
    {460800, B460800},
    {500000, B500000},
    {576000, B576000},
    {921600, B921600},
    {1000000, B1000000},
    {1152000, B1152000},
    {1500000, B1500000},
    {2500000, B2500000},
    {3000000, B3000000},
    {3500000, B3500000},
    {4000000, B4000000},
};

static speed_t
speed_of(uint32_t baud)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].baud == baud)
			return speeds[i].speed;
	return B0;
}

const char *
modbus_port_fault(const struct driver_line *line)
{
	if (speed_of(line->baud) == B0)
		return "no port has this baud rate (usual are 9600 and 19200)";
	if (memchr("NEO", line->parity, 3) == NULL)
		return "parity is N, E or O";
	if (line->stop_bits != 1 && line->stop_bits != 2)
		return "stop bits are 1 or 2";
	return NULL;
}

static bool
is_pty(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && major(st.st_rdev) >= PTY_MAJOR_FIRST &&
	    major(st.st_rdev) <= PTY_MAJOR_LAST;
}

/* tcsetattr(3) is content if any of the settings took; this is not. */
static const char *
refused_setting(const struct driver_line *line, const struct termios *t)
{
	bool parity = (t->c_cflag & PARENB) != 0;
	bool odd = (t->c_cflag & PARODD) != 0;

	if (parity != (line->parity != 'N') ||
	    (parity && odd != (line->parity == 'O')))
		return "the port does not take this parity (a Raspberry Pi's "
		       "mini-UART, ttyS0, has none: use ttyAMA0)";
	if (((t->c_cflag & CSTOPB) != 0) != (line->stop_bits == 2))
		return "the port does not take these stop bits";
	if ((t->c_cflag & CSIZE) != CS8)
		return "the port does not take 8 data bits";
	if (cfgetospeed(t) != speed_of(line->baud))
		return "the port does not take this baud rate";
	return NULL;
}

/* An FTDI adapter hands bytes over after 1 ms then, not 16.  Nice to have. */
static void
ask_low_latency(int fd)
{
	struct serial_struct serial;

	if (ioctl(fd, TIOCGSERIAL, &serial) == -1)
		return;
	serial.flags |= (int)ASYNC_LOW_LATENCY;
	(void)ioctl(fd, TIOCSSERIAL, &serial);
}

/* Returns NULL, or why the port will not do. */
static const char *
settle(int fd, const struct driver_line *line)
{
	struct termios t;
	const char *refused;

	if (fd >= FD_SETSIZE) /* libmodbus uses select(2) */
		return "too many files are open (1024 at most)";
	if (tcgetattr(fd, &t) == -1)
		return strerror(errno);
	/* libmodbus leaves 0, with which an idle line reads like a dead one. */
	t.c_cc[VMIN] = 1;
	if (tcsetattr(fd, TCSANOW, &t) == -1 || tcgetattr(fd, &t) == -1)
		return strerror(errno);
	if (is_pty(fd)) /* it takes no parity, and needs none */
		return NULL;
	if ((refused = refused_setting(line, &t)) != NULL)
		return refused;
	(void)ioctl(fd, TIOCEXCL);
	ask_low_latency(fd);
	return NULL;
}

/* Two masters on a bus are none.  EBUSY says so to most, but root may open what
 * is held; so we look before the settings of another's port are changed. */
static const char *
held_by_another(int fd)
{
	int held = 0;

	if (fd == -1)
		return errno == EBUSY ? HELD_BY_ANOTHER : strerror(errno);
	(void)ioctl(fd, TIOCGEXCL, &held);
	return held ? HELD_BY_ANOTHER : NULL;
}

static modbus_t *
connect_port(const struct driver_line *line, const char **why)
{
	modbus_t *port = modbus_new_rtu(
	    line->path, (int)line->baud, line->parity, 8, line->stop_bits);

	*why = NULL;
	if (port == NULL ||
	    modbus_set_error_recovery(port, MODBUS_ERROR_RECOVERY_NONE) == -1 ||
	    modbus_connect(port) == -1)
		*why = strerror(errno);
	else
		*why = settle(modbus_get_socket(port), line);
	if (*why == NULL)
		return port;
	modbus_port_close(port);
	return NULL;
}

modbus_t *
modbus_port_open(const struct driver_line *line, const char **why)
{
	int fd = open(line->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	modbus_t *port = NULL;

	*why = held_by_another(fd);
	if (*why == NULL)
		port = connect_port(line, why);
	if (fd != -1)
		close(fd);
	return port;
}

void
modbus_port_close(modbus_t *port)
{
	if (port == NULL)
		return;
	/* What has not left yet would hold close(2) up, for 30 s at worst. */
	if (modbus_get_socket(port) != -1)
		tcflush(modbus_get_socket(port), TCOFLUSH);
	modbus_close(port);
	modbus_free(port);
}
