/* access.c - who may do what */
#include "gateway/web/access.h"

static const char in_the_clear[] =
    "from another machine the gateway is asked by https only: set "
    "web.cert_file and web.key_file, or web.trusted_proxy";
static const char a_stranger[] =
    "this comes through a proxy that web.trusted_proxy does not name";
static const char no_login[] =
    "nobody logs in or changes anything in the clear: come by https, or from "
    "the gateway itself";
static const char no_need[] = "the Unix socket needs no login";
static const char log_in[] = "log in first";

bool
access_has_sessions(enum way way)
{
	return way == WAY_LOOPBACK || way == WAY_HTTPS;
}

enum role
access_guest(enum way way)
{
	switch (way) {
	case WAY_UNIX: return ROLE_ENGINEER;
	case WAY_LOOPBACK:
	case WAY_OPEN: return ROLE_VIEWER;
	case WAY_HTTPS:
	case WAY_CLEAR:
	case WAY_STRANGER:
	case WAY_COUNT: break;
	}
	return ROLE_NONE;
}

enum need
access_order(int verb)
{
	return verb == ORDER_OUT || verb == ORDER_IN ? NEED_ENGINEER
						     : NEED_DUTY;
}

static enum role
least(enum need need)
{
	switch (need) {
	case NEED_REPORT: return ROLE_BUREAU;
	case NEED_VIEWER: return ROLE_VIEWER;
	case NEED_DUTY: return ROLE_DUTY;
	case NEED_ENGINEER: return ROLE_ENGINEER;
	case NEED_NOTHING:
	case NEED_LOGIN:
	case NEED_COUNT: break;
	}
	return ROLE_NONE;
}

static const char *
too_little(enum need need)
{
	if (need == NEED_ENGINEER)
		return "this takes the role engineer";
	if (need == NEED_DUTY)
		return "this takes the role duty or engineer";
	return "the role bureau is for reports only";
}

unsigned
access_judge(enum way way, enum role role, enum need need, const char **why)
{
	bool guest = role == ROLE_NONE || !access_has_sessions(way);

	*why = way == WAY_CLEAR	   ? in_the_clear
	    : way == WAY_STRANGER  ? a_stranger
	    : need == NEED_NOTHING ? NULL
	    : need != NEED_LOGIN   ? log_in
	    : way == WAY_OPEN	   ? no_login
	    : way == WAY_UNIX	   ? no_need
				   : NULL;
	if (way == WAY_CLEAR || way == WAY_STRANGER)
		return 403;
	if (need == NEED_NOTHING || need == NEED_LOGIN)
		return *why == NULL ? 200 : 403;
	if ((guest ? access_guest(way) : role) >= least(need))
		return 200;
	if (!guest)
		*why = too_little(need);
	else if (way == WAY_OPEN)
		*why = no_login;
	return guest && way != WAY_OPEN ? 401 : 403;
}
