/*
 * access.h - who may do what, pure
 *
 *	             unix  loopback  https   clear, allowed  clear  stranger
 *	the page      yes    yes      yes         yes          no      no
 *	to log in      -     yes      yes         no           no      no
 *	reports       yes    yes     anybody      yes          no      no
 *	to read       yes    yes     viewer       yes          no      no
 *	orders        yes    duty     duty        no           no      no
 *	of service    yes  engineer engineer      no           no      no
 *
 * What a role may, those behind it may too; but the bureau's may only have
 * reports.  https is TLS of our own, or the trusted proxy's word that it was.
 * A stranger came through a proxy that nobody named.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "gateway/web/users.h"

enum way {
	WAY_UNIX, /* the file's mode decides; who it is, nobody knows */
	WAY_LOOPBACK, /* this machine */
	WAY_HTTPS,
	WAY_OPEN, /* in the clear, and web.allow_plaintext */
	WAY_CLEAR,
	WAY_STRANGER,
	WAY_COUNT
};

enum need {
	NEED_VIEWER, /* what is not said otherwise */
	NEED_NOTHING, /* the page itself, and who one is */
	NEED_LOGIN, /* a way on which a password may travel */
	NEED_REPORT,
	NEED_DUTY,
	NEED_ENGINEER,
	NEED_COUNT
};

/* 200, 401 (log in first) or 403, and then why, static. */
unsigned access_judge(
    enum way way, enum role role, enum need need, const char **why);

/* What an order (enum order_verb) needs. */
enum need access_order(int verb);

/* Whether a cookie is looked at: not where anybody could have read it. */
bool access_has_sessions(enum way way);

/* The role that somebody has who did not log in. */
enum role access_guest(enum way way);

#endif
