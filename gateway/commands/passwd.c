/*
 * passwd.c - riser passwd: adds, changes and removes who may log in
 *
 * The file is replaced whole; a gateway that runs looks at it once a second, so
 * nothing has to be restarted, and who was changed or removed is logged out.
 * Two that run at the same time would lose one's change: so it is
 * held from reading to writing.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"
#include "gateway/web/users.h"

struct options {
	const char *file, *user, *role, *name;
	bool delete;
};

/* ---- the password ---- */

/* One line without its end; false if there is none, or a longer one. */
static bool
read_line(char password[USER_PASSWORD_MAX])
{
	size_t len;

	if (fgets(password, USER_PASSWORD_MAX, stdin) == NULL)
		return false;
	len = strlen(password);
	if (len > 0 && password[len - 1] == '\n')
		password[len - 1] = '\0';
	else if (!feof(stdin))
		return false;
	return true;
}

/* While a password is asked for: the terminal, for the handler of signals. */
static struct {
	struct termios was, quiet;
} asking;

static void give_back(int signal);

/* A signal that is ignored (nohup) stays so. */
static void
take_signal(int signal)
{
	/* Once: the handler raises it again, and then it does what it does. */
	struct sigaction old,
	    act = {.sa_handler = give_back,
		.sa_flags = (int)(SA_RESTART | SA_RESETHAND | SA_NODEFER)};

	if (sigaction(signal, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(signal, &act, NULL);
}

/*
 * Who goes while it asks (Ctrl-C, Ctrl-Z, kill) leaves a terminal that echoes;
 * who comes back types unseen again. In the background it is the shell's.
 * Everything here may be called in a handler.
 */
static void
give_back(int signal)
{
	int kept = errno;

	if (tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &asking.was);
	raise(signal);
	/* only a stop gets here */
	take_signal(signal);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &asking.quiet);
	errno = kept;
}

static bool
ask_once(const char *prompt, char password[USER_PASSWORD_MAX])
{
	static const int signals[] = {
	    SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};
	struct sigaction old[sizeof(signals) / sizeof(signals[0])];
	const size_t count = sizeof(signals) / sizeof(signals[0]);
	bool good;

	fputs(prompt, stderr);
	tcgetattr(STDIN_FILENO, &asking.was);
	asking.quiet = asking.was;
	asking.quiet.c_lflag &= ~(tcflag_t)ECHO;
	asking.quiet.c_lflag |= ECHONL;
	for (size_t i = 0; i < count; i++) {
		sigaction(signals[i], NULL, &old[i]);
		take_signal(signals[i]);
	}
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &asking.quiet);
	good = read_line(password);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &asking.was);
	for (size_t i = 0; i < count; i++)
		sigaction(signals[i], &old[i], NULL);
	return good;
}

static int
refuse(const char *what, const char *why)
{
	fprintf(stderr, "riser passwd: %s %s\n", what, why);
	return EXIT_WRONG;
}

static int
ask_twice(char password[USER_PASSWORD_MAX])
{
	char again[USER_PASSWORD_MAX];
	bool same;

	if (!ask_once("password: ", password) || !ask_once("again: ", again))
		return refuse("the password", "was not said, or is too long");
	same = strcmp(password, again) == 0;
	explicit_bzero(again, sizeof(again));
	return same ? EXIT_DONE : refuse("the two", "are not the same");
}

static int
read_password(const char *user, char password[USER_PASSWORD_MAX])
{
	const char *why;
	int code = EXIT_DONE;

	if (isatty(STDIN_FILENO))
		code = ask_twice(password);
	else if (!read_line(password))
		code = refuse("the password",
		    "is missing, or too long: one line on standard input");
	if (code != EXIT_DONE)
		return code;
	why = user_password_fault(user, password);
	return why == NULL ? EXIT_DONE : refuse("the password", why);
}

/* ---- the users ---- */

/* Of somebody new, or whose role changes. */
static int
take_role(const struct options *o, struct user *u)
{
	if (o->role == NULL && u->role == ROLE_NONE)
		return usage_error("passwd",
		    "%s is new: say --role viewer, duty, engineer or bureau",
		    o->user);
	if (o->role != NULL)
		u->role = (uint8_t)role_of(o->role);
	if (u->role == ROLE_NONE)
		return value_error("passwd",
		    "there is no role \"%s\": viewer, duty, engineer, bureau",
		    o->role);
	return EXIT_DONE;
}

static int
take_name(const struct options *o, struct user *u)
{
	const char *why;

	if (o->name == NULL && u->shown[0] != '\0')
		return EXIT_DONE;
	if (o->name == NULL) {
		strcpy(u->shown, u->name);
		return EXIT_DONE;
	}
	why = user_shown_fault(o->name);
	if (why != NULL)
		return refuse("--name", why);
	strcpy(u->shown, o->name);
	return EXIT_DONE;
}

static int
set(const struct options *o, struct users *all)
{
	char password[USER_PASSWORD_MAX] = "";
	struct user *u = users_find(all, o->user);
	int code;

	if (u == NULL && all->count == USERS_MAX)
		return refuse("the users file", "is full: 64 will do");
	if (u == NULL) {
		u = &all->all[all->count++];
		*u = (struct user){.role = ROLE_NONE};
		strcpy(u->name, o->user);
	}
	if ((code = take_role(o, u)) != EXIT_DONE ||
	    (code = take_name(o, u)) != EXIT_DONE)
		return code;
	code = read_password(u->name, password);
	if (code == EXIT_DONE && !user_hash(u->hash, password)) {
		fprintf(
		    stderr, "riser passwd: libcrypt has no yescrypt here\n");
		code = EXIT_FAILED;
	}
	explicit_bzero(password, sizeof(password));
	return code;
}

static int
drop(const struct options *o, struct users *all)
{
	struct user *u = users_find(all, o->user);

	if (u == NULL) {
		fprintf(stderr, "riser passwd: there is no user %s\n", o->user);
		return EXIT_WRONG;
	}
	*u = all->all[--all->count];
	return EXIT_DONE;
}

/* ---- the file ---- */

static int
change(const struct options *o, const char *path, struct users *all)
{
	struct err err;
	bool known;
	int code;

	if (users_read(all, path, &err) == -1 && errno != ENOENT) {
		fprintf(stderr, "riser passwd: %s\n", err.text);
		return EXIT_WRONG;
	}
	known = users_find(all, o->user) != NULL;
	code = o->delete ? drop(o, all) : set(o, all);
	if (code != EXIT_DONE)
		return code;
	if (users_write(all, path, &err) == -1) {
		fprintf(stderr, "riser passwd: %s\n", err.text);
		return EXIT_FAILED;
	}
	printf("%s: %s %s\n", path, o->user,
	    o->delete	? "is removed, and logged out"
		: known ? "has another password, and is logged out"
			: "may log in");
	return EXIT_DONE;
}

static int
run(const struct options *o)
{
	struct conf *c = conf_read(o->file, stderr);
	struct users *all;
	struct err err;
	int code = EXIT_FAILED, fd;

	if (c == NULL)
		return EXIT_WRONG;
	if (c->web.users_file == NULL) {
		fprintf(stderr,
		    "riser passwd: %s names no users file; write web: "
		    "{users_file: users}\n",
		    o->file);
		conf_free(c);
		return EXIT_WRONG;
	}
	all = calloc(1, sizeof(*all));
	fd = users_lock(c->web.users_file, &err);
	if (fd == -1)
		fprintf(stderr, "riser passwd: %s\n", err.text);
	if (all != NULL && fd != -1)
		code = change(o, c->web.users_file, all);
	if (fd != -1)
		close(fd);
	free(all);
	conf_free(c);
	return code;
}

/* ---- the command ---- */

static int
take_option(int option, struct options *o, char *argv[])
{
	switch (option) {
	case 'c': o->file = optarg; break;
	case 'r': o->role = optarg; break;
	case 'n': o->name = optarg; break;
	case 'd': o->delete = true; break;
	default: return usage_option("passwd", option, argv[optind - 1]);
	}
	return EXIT_DONE;
}

int
command_passwd(int argc, char *argv[])
{
	static const struct option options[] = {
	    {"role", required_argument, NULL, 'r'},
	    {"name", required_argument, NULL, 'n'},
	    {"delete", no_argument, NULL, 'd'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {0};
	const char *why;
	int option;

	while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1)
		if (take_option(option, &o, argv) != EXIT_DONE)
			return EXIT_USAGE;
	if (o.file == NULL)
		return usage_error(
		    "passwd", "say which configuration: -c FILE");
	if (optind + 1 != argc)
		return usage_error("passwd", "say which user, and one");
	o.user = argv[optind];
	if (o.delete &&(o.role != NULL || o.name != NULL))
		return usage_error("passwd", "--delete goes alone");
	why = user_name_fault(o.user);
	if (why != NULL)
		return value_error("passwd", "\"%s\" %s", o.user, why);
	return run(&o);
}
