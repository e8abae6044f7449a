/*
 * tongue.h - the language in which a command speaks to who called it
 *
 * One of the process: a command has one caller.  English until it is set.
 */
#ifndef TONGUE_H
#define TONGUE_H

#include <stdbool.h>

/* name: "zh" or "en", or any locale, of which what begins with zh is Chinese
 * and all else English; NULL: what LC_ALL, LC_MESSAGES or LANG says, the first
 * of them that is not empty. */
void tongue_set(const char *name);
bool tongue_is_zh(void);

/* What --lang says: "zh" or "en"; false if it is neither. */
bool tongue_choose(const char *name);

/* Whichever is to be said; as formats both take the same arguments, in the same
 * order. */
const char *tongue(const char *en, const char *zh)
    __attribute__((format_arg(1), format_arg(2)));

#endif
