/* top_screen.c - see top_screen.h */
#include "gateway/commands/top_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[?7l\033[H\033[2J"
#define LEAVE "\033[m\033[?7h\033[?25h\033[?1049l"

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static struct termios before; /* of stdin */
static bool has_keys; /* stdin is a terminal, too */
static volatile sig_atomic_t is_open, ended, to_stop;

/* ---- there and back ---- */

/* Also in a signal handler. */
static void
leave(void)
{
	const char *p = LEAVE;
	size_t left = sizeof(LEAVE) - 1;

	if (!is_open)
		return;
	is_open = 0;
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, p, left);

		if (n <= 0)
			break;
		p += n;
		left -= (size_t)n;
	}
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static int
write_all(const char *p, size_t left)
{
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, p, left);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		left -= (size_t)n;
	}
	return 0;
}

/* Ctrl-C still is a signal. */
static void
enter(void)
{
	struct termios raw;

	has_keys = tcgetattr(STDIN_FILENO, &before) == 0;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	is_open = 1;
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	write_all(ENTER, sizeof(ENTER) - 1);
}

/* ---- signals ---- */

/* SA_RESETHAND: raised again it ends the process as it would have. */
static void
on_crash(int signal_number)
{
	leave();
	raise(signal_number);
}

static void
on_end(int signal_number)
{
	ended = signal_number;
}

static void
on_stop(int signal_number)
{
	(void)signal_number;
	to_stop = 1;
}

/* That it comes is enough: poll returns. */
static void
on_resize(int signal_number)
{
	(void)signal_number;
}

static void
handle(int signal_number, void (*handler)(int), int flags)
{
	struct sigaction a = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&a.sa_mask);
	sigaction(signal_number, &a, NULL);
}

static void
stop_for_a_while(void)
{
	to_stop = 0;
	leave();
	raise(SIGSTOP);
	enter();
}

void
top_screen_open(void)
{
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		handle(crashes[i], on_crash, (int)(SA_RESETHAND | SA_NODEFER));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		handle(ends[i], on_end, 0);
	handle(SIGTSTP, on_stop, 0);
	handle(SIGWINCH, on_resize, 0);
	enter();
}

void
top_screen_close(void)
{
	leave();
}

int
top_screen_ended(void)
{
	return ended;
}

/* ---- what is on it ---- */

bool
top_screen_is_there(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && term != NULL && term[0] != '\0' &&
	    strcmp(term, "dumb") != 0;
}

void
top_screen_size(size_t *columns, size_t *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1)
		return;
	if (size.ws_col > 0)
		*columns = size.ws_col;
	if (size.ws_row > 0)
		*rows = size.ws_row;
}

/* Over what was there before: so nothing flickers.  What a line does not cover
 * goes in its own colour, which a title's bar has to its end. */
int
top_screen_draw(const struct top_frame *f)
{
	static const char *const styles[] = {
	    [TOP_PLAIN] = "",
	    [TOP_HEAD] = "\033[1m",
	    [TOP_TITLE] = "\033[7m",
	    [TOP_FAINT] = "\033[2m",
	    [TOP_GOOD] = "\033[32m",
	    [TOP_WARN] = "\033[33m",
	    [TOP_BAD] = "\033[1;31m",
	};
	struct buf b = {0};
	int rc;

	buf_puts(&b, "\033[H");
	for (size_t i = 0; i < f->count; i++)
		buf_printf(&b, "%s%s%s\033[K\033[m", i > 0 ? "\r\n" : "",
		    styles[f->lines[i].style], f->lines[i].text);
	buf_puts(&b, "\033[J");
	rc = write_all(b.data, b.len);
	buf_free(&b);
	return rc;
}

int
top_screen_key(int timeout_ms)
{
	struct pollfd in = {
	    .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN};
	char key;

	if (to_stop)
		stop_for_a_while();
	if (ended != 0 || poll(&in, 1, timeout_ms) != 1)
		return 0;
	if (read(STDIN_FILENO, &key, 1) == 1)
		return (unsigned char)key;
	ended = SIGHUP; /* readable, and there is nothing: it hung up */
	return 0;
}
