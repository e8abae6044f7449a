/*
 * users.c - who may log in
 *
 * A line is judged whole: a file that somebody edited by hand and got wrong
 * lets nobody in whom it did not mean to.  So one mistake refuses the file.
 *
 * crypt_r's memory (32 KiB) is taken for each hash and wiped, since a password
 * has been in it.
 */
#include "gateway/web/users.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"

#define METHOD "$y$" /* yescrypt, at the cost that libcrypt proposes */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789._-"
#define PATH_ROOM 4096

/* Of 32 random bytes that nobody kept: what is compared for somebody who is not
 * there. */
static const char nobody[] =
    METHOD "j9T$WBbqfwXNx5dvw0gqJc6Ig1$"
	   "pKLjIaD18yiQ6rKziaNnSvXevMUqbQasIFiP8cPXYa6";

const char *const role_names[ROLE_COUNT + 1] = {
    [ROLE_NONE] = "nobody",
    [ROLE_BUREAU] = "bureau",
    [ROLE_VIEWER] = "viewer",
    [ROLE_DUTY] = "duty",
    [ROLE_ENGINEER] = "engineer",
    [ROLE_COUNT] = NULL,
};

enum role
role_of(const char *name)
{
	for (int i = ROLE_NONE + 1; i < ROLE_COUNT; i++)
		if (strcmp(role_names[i], name) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

/* ---- what a user is ---- */

const char *
user_name_fault(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || strspn(name, NAME_CHARACTERS) != len ||
	    strchr("._-", *name) != NULL)
		return "is no user's name: write a-z and 0-9, and . _ - "
		       "behind the first";
	if (len >= USER_NAME_MAX)
		return "is too long for a user's name: 31 characters will do";
	return NULL;
}

/* As order.h has a name, and without the file's colon. */
const char *
user_shown_fault(const char *shown)
{
	size_t len = strlen(shown);

	if (len == 0 || len >= ORDER_BY_MAX)
		return "is no name for people: it has 1 to 63 bytes";
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(shown + i, len - i);
		if (n == 0)
			return "is no name for people: it is not UTF-8";
		if (n == 1 &&
		    ((unsigned char)shown[i] < ' ' || shown[i] == 0x7f ||
			strchr(":\"\\", shown[i]) != NULL))
			return "is no name for people: it has a control "
			       "character, a colon, \" or \\";
		if (n == 2 && shown[i] == '\xc2' &&
		    (unsigned char)shown[i + 1] < 0xa0)
			return "is no name for people: it has a control "
			       "character";
	}
	return NULL;
}

/* Characters, so that ten Chinese ones count as ten. */
static size_t
characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

const char *
user_password_fault(const char *name, const char *password)
{
	if (strlen(password) >= USER_PASSWORD_MAX)
		return "is too long: 255 bytes will do";
	if (characters(password) < USER_PASSWORD_MIN)
		return "is too short: take 10 characters or more, such as "
		       "three words";
	if (strspn(password, (const char[]){*password, '\0'}) ==
	    strlen(password))
		return "is one character again and again: take three words";
	if (strcasestr(password, name) != NULL &&
	    strlen(password) < strlen(name) + 8)
		return "is little more than the user's name: take three words";
	return NULL;
}

struct user *
users_find(struct users *u, const char *name)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->all[i].name, name) == 0)
			return &u->all[i];
	return NULL;
}

/* ---- the file's text ---- */

static bool
refuse(struct users *u, struct err *err, int line, const char *what,
    const char *why)
{
	u->count = 0;
	err_set(err, "line %d: %s %s", line, what, why);
	return false;
}

/* A hash of any method that libcrypt has; else nobody could ever log in. */
static bool
is_hash(const char *hash)
{
	return *hash == '$' && strlen(hash) < USER_HASH_MAX &&
	    strpbrk(hash, " \t") == NULL &&
	    crypt_checksalt(hash) == CRYPT_SALT_OK;
}

static bool
parse_line(struct users *u, char *text, int line, struct err *err)
{
	char *name = strsep(&text, ":"), *role = strsep(&text, ":");
	char *hash = strsep(&text, ":"), *shown = text;
	struct user *user = &u->all[u->count];
	const char *why;

	if (shown == NULL)
		return refuse(u, err, line, "this",
		    "is no user: write name:role:hash:display name, or let "
		    "`riser passwd` write it");
	if ((why = user_name_fault(name)) != NULL)
		return refuse(u, err, line, "what stands first", why);
	if (users_find(u, name) != NULL)
		return refuse(u, err, line, name, "is there twice");
	if (role_of(role) == ROLE_NONE)
		return refuse(u, err, line, name,
		    "has no role: write viewer, duty, engineer or bureau");
	if (!is_hash(hash))
		return refuse(u, err, line, name,
		    "has no hash of a password: let `riser passwd` write it");
	if ((why = user_shown_fault(shown)) != NULL)
		return refuse(u, err, line, "what stands last", why);
	if (u->count == USERS_MAX)
		return refuse(
		    u, err, line, name, "is one too many: 64 will do");
	strcpy(user->name, name);
	strcpy(user->shown, shown);
	strcpy(user->hash, hash);
	user->role = (uint8_t)role_of(role);
	u->count++;
	return true;
}

bool
users_parse(struct users *u, const char *text, size_t len, struct err *err)
{
	char *copy, *rest, *one;
	bool good = true;

	u->count = 0;
	if (memchr(text, '\0', len) != NULL)
		return refuse(u, err, 1, "this", "is no text: it has a NUL");
	rest = copy = must_alloc(1, len + 1);
	memcpy(copy, text, len);
	for (int line = 1; good && (one = strsep(&rest, "\n")) != NULL; line++)
		if (*one != '\0' && *one != '#')
			good = parse_line(u, one, line, err);
	explicit_bzero(copy, len);
	free(copy);
	return good;
}

/* ---- the file ---- */

static int
open_private(const char *path, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int error = errno;

	if (fd == -1) {
		err_set(err, "%s: %s", path, strerror(error));
		errno = error;
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077 & ~0040u) == 0)
		return fd;
	err_set(err, "%s is %s", path,
	    S_ISREG(st.st_mode) ? "readable by others: run chmod 600"
				: "no regular file");
	close(fd);
	errno = 0;
	return -1;
}

static ssize_t
read_all(int fd, char *bytes, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, bytes + len, size - len)) > 0)
		len += (size_t)n;
	return n == -1 ? -1 : (ssize_t)len;
}

int
users_read(struct users *u, const char *path, struct err *err)
{
	struct err why;
	char *bytes;
	ssize_t len;
	int fd = open_private(path, err), error;

	u->count = 0;
	if (fd == -1)
		return -1;
	bytes = must_alloc(1, USERS_BYTES_MAX + 1);
	len = read_all(fd, bytes, USERS_BYTES_MAX + 1);
	error = len == -1 ? errno : 0;
	close(fd);
	if (len == -1)
		err_set(err, "%s: %s", path, strerror(error));
	else if (len > USERS_BYTES_MAX)
		err_set(err, "%s is too large for a users file", path);
	else if (!users_parse(u, bytes, (size_t)len, &why))
		err_set(err, "%s: %s", path, why.text);
	else
		len = -2;
	explicit_bzero(bytes, USERS_BYTES_MAX + 1);
	free(bytes);
	errno = error;
	return len == -2 ? 0 : -1;
}

static void
folder_of(char folder[PATH_ROOM], const char *path)
{
	char *slash;

	snprintf(folder, PATH_ROOM, "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		strcpy(folder, ".");
	else
		slash[slash == folder ? 1 : 0] = '\0';
}

/* The folder's: a lock file of root's would be in the way of others. */
int
users_lock(const char *path, struct err *err)
{
	char folder[PATH_ROOM];
	int fd, error;

	folder_of(folder, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && access(folder, W_OK) == 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	error = errno;
	if (fd != -1)
		close(fd);
	return err_set(err, "%s: %s%s", folder, strerror(error),
	    error == ENOENT	  ? "; make that folder, or start the service "
				    "once, which has it made"
		: error == EACCES ? "; it wants who may write there, such as "
				    "root"
				  : "");
}

/* Whose it is to be: his who has it, or his whose folder it is.  Who is not
 * root may not say so; then it is ours. */
static void
own(int fd, const char *path)
{
	char folder[PATH_ROOM];
	struct stat st;
	bool there = stat(path, &st) == 0;

	folder_of(folder, path);
	if (!there && stat(folder, &st) == -1)
		return;
	if (fchown(fd, st.st_uid, st.st_gid) == 0 && there)
		fchmod(fd, 0600 | (st.st_mode & 0040));
}

static void
print(const struct users *u, struct buf *out)
{
	buf_puts(out,
	    "# riser's users: name:role:hash:display name; "
	    "`riser passwd` writes it\n");
	for (size_t i = 0; i < u->count; i++)
		buf_printf(out, "%s:%s:%s:%s\n", u->all[i].name,
		    role_names[u->all[i].role], u->all[i].hash,
		    u->all[i].shown);
}

/* The new name outlives a power cut too: who was removed stays so. */
static int
settle(const char *path)
{
	char folder[PATH_ROOM];
	int fd, rc;

	folder_of(folder, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
replace(const char *path, const char *fresh, const struct buf *text)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error;

	if (fd == -1)
		return -1;
	own(fd, path);
	errno = EIO;
	if (write(fd, text->data, text->len) == (ssize_t)text->len &&
	    fsync(fd) == 0 && rename(fresh, path) == 0) {
		close(fd);
		return settle(path);
	}
	error = errno;
	close(fd);
	unlink(fresh);
	errno = error;
	return -1;
}

int
users_write(const struct users *u, const char *path, struct err *err)
{
	char fresh[PATH_ROOM];
	struct buf text = {0};
	int rc;

	print(u, &text);
	snprintf(fresh, sizeof(fresh), "%s.%d.new", path, (int)getpid());
	rc = replace(path, fresh, &text);
	if (rc == -1)
		err_set(err, "%s cannot be written: %s", path, strerror(errno));
	explicit_bzero(text.data, text.len);
	buf_free(&text);
	return rc;
}

/* ---- passwords ---- */

static bool
crypt_into(char hash[USER_HASH_MAX], const char *password, const char *salt)
{
	struct crypt_data *data = must_alloc(1, sizeof(*data));
	const char *got = crypt_r(password, salt, data);
	bool good = got != NULL && *got != '*' && strlen(got) < USER_HASH_MAX;

	if (good)
		strcpy(hash, got);
	explicit_bzero(data, sizeof(*data));
	free(data);
	return good;
}

bool
user_hash(char hash[USER_HASH_MAX], const char *password)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	/* NULL: the system's own random bytes. */
	return crypt_gensalt_rn(METHOD, 0, NULL, 0, salt, sizeof(salt)) !=
	    NULL &&
	    crypt_into(hash, password, salt);
}

/* In a time that does not tell how far they are the same. */
static bool
same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differ = 0;

	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

bool
user_matches(const char *hash, const char *password)
{
	char got[USER_HASH_MAX] = "";
	bool good = crypt_into(got, password, hash != NULL ? hash : nobody) &&
	    hash != NULL && same(got, hash);

	explicit_bzero(got, sizeof(got));
	return good;
}
