/*
 * log.c - lines for the person who reads the journal
 *
 * No state and no lock: a line is put together on the stack and written with
 * one write(2), which neither a pipe nor journald's socket takes apart.  The
 * environment is asked each time, since lines are rare and it never changes
 * while threads run.  A line that cannot be written is lost: there is nobody
 * left to tell.
 */
#include "gateway/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/utf8.h"

#define TEXT_MAX 2048 /* bytes; twice the longest sentence of err.h */
#define PREFIX_MAX 16 /* bytes */

struct level {
	const char *journal; /* syslog's priority, as sd-daemon(3) wants it */
	const char *word;
};

static const struct level level_error = {"<3>", "error: "};
static const struct level level_warn = {"<4>", "warning: "};
static const struct level level_info = {"<6>", ""};
static const struct level level_debug = {"<7>", "debug: "};
/* Of lines that say it themselves. */
static const struct level level_error_said = {"<3>", ""};
static const struct level level_warn_said = {"<4>", ""};

/* JOURNAL_STREAM names the socket by device and inode; it is inherited by
 * programs whose stderr went elsewhere, so it must match (systemd.exec(5)). */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream != NULL &&
	    sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	    st.st_ino == inode;
}

/* Control characters, C1 too (terminals obey them).  Tab is welcome. */
static bool
is_control(const char *text, size_t len)
{
	uint8_t first = (uint8_t)text[0];

	if (len == 1)
		return (first < 0x20 && first != '\t') || first == 0x7f;
	return first == 0xc2 && (uint8_t)text[1] < 0xa0;
}

/* Copies len bytes; control characters and what is not UTF-8 become '?'. */
static size_t
copy_clean(char *to, const char *text, size_t len)
{
	char *start = to;

	while (len > 0) {
		size_t n = utf8_char(text, len);

		if (n == 0 || is_control(text, n)) {
			*to++ = '?';
			n = n == 0 ? 1 : n;
		} else {
			to = mempcpy(to, text, n);
		}
		text += n;
		len -= n;
	}
	return (size_t)(to - start);
}

static void write_line(const struct level *level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
write_line(const struct level *level, const char *fmt, va_list ap)
{
	const char *prefix = stderr_is_journal() ? level->journal : level->word;
	char text[TEXT_MAX], line[PREFIX_MAX + TEXT_MAX + sizeof("...\n")];
	int saved_errno = errno;
	size_t used = strlen(prefix);
	int len;

	memcpy(line, prefix, used);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	if (len >= (int)sizeof(text)) {
		size_t cut = utf8_cut(text, sizeof(text) - 1);

		used += copy_clean(line + used, text, cut);
		memcpy(line + used, "...", 3);
		used += 3;
	} else if (len > 0) {
		used += copy_clean(line + used, text, (size_t)len);
	}
	line[used++] = '\n';
	while (write(STDERR_FILENO, line, used) == -1 && errno == EINTR)
		;
	errno = saved_errno;
}

static void __attribute__((format(printf, 2, 3)))
write_one(const struct level *level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(level, fmt, ap);
	va_end(ap);
}

/* Lines end where stdio flushes, or one that is longer than its buffer. */
static ssize_t
stream_write(void *level, const char *bytes, size_t len)
{
	for (size_t from = 0, n; from < len; from += n + 1) {
		const char *end = memchr(bytes + from, '\n', len - from);

		n = end == NULL ? len - from : (size_t)(end - bytes) - from;
		write_one(level, "%.*s", (int)n, bytes + from);
	}
	return (ssize_t)len;
}

static FILE *
stream_open(const struct level *level)
{
	FILE *stream = fopencookie((void *)(uintptr_t)level, "w",
	    (cookie_io_functions_t){.write = stream_write});

	if (stream == NULL) {
		log_error("out of memory");
		abort();
	}
	setvbuf(stream, NULL, _IOLBF, 0);
	return stream;
}

FILE *
log_error_stream(void)
{
	return stream_open(&level_error_said);
}

FILE *
log_warn_stream(void)
{
	return stream_open(&level_warn_said);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(&level_error, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(&level_warn, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(&level_info, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (getenv("RISER_DEBUG") == NULL)
		return;
	va_start(ap, fmt);
	write_line(&level_debug, fmt, ap);
	va_end(ap);
}
