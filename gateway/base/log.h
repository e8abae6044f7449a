/*
 * log.h - lines for the person who reads the journal
 *
 * To stderr, one write a line, with journald's priority prefix ("<4>") when
 * stderr is journald's socket (JOURNAL_STREAM is set), without it in a
 * terminal.  Control characters of the text come out as '?', for a device's
 * answer must not forge a line.  Any thread may call.  The one who decides what
 * to do about a failure logs it, once per change of state, never per retry.
 */
#ifndef LOG_H
#define LOG_H

#include <stdio.h>

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A stream whose lines become lines of the log, for texts that say themselves
 * what they are ("riser.yaml:3:5: ..."): a terminal gets them as they stand.
 * Never NULL; fclose it. */
FILE *log_error_stream(void);
FILE *log_warn_stream(void);

/* Only with RISER_DEBUG set in the environment. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
