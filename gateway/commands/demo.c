/*
 * demo.c - `riser demo`: a simulated estate, a broker and the gateway
 *
 * Four children (mosquitto, riser sim, riser run, mosquitto_sub) in a temporary
 * folder, each with its output in a log there.  The configuration is
 * config/demo/SIZE.yaml with its ports replaced by free ones and its folder by
 * ours, so the same file also works by hand.  The children die with us, even if
 * we are killed (PDEATHSIG).  What flows is read from the gateway's own ledger,
 * and the message shown is one that came out of the broker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/conf/conf.h"

#define PORTS_MAX 256
#define STOP_MS 3000
#define START_MS 10000
#define DEMO_FOLDER "/tmp/riser-demo"
#define LOOPBACK "127.0.0.1:"

enum child { BROKER, SIM, GATEWAY, SUBSCRIBER, CHILD_COUNT };

static const char *const child_names[CHILD_COUNT] = {
    "mosquitto", "riser sim", "riser run", "mosquitto_sub"};

struct port {
	int written, real;
};

struct demo {
	char dir[64];
	struct port ports[PORTS_MAX];
	int port_count;
	pid_t pids[CHILD_COUNT];
	int messages_fd; /* mosquitto_sub's output */
	char line[8192]; /* the part of a message that has come so far */
	size_t line_len;
	char last[8192]; /* the last data message, for the eye */
	unsigned messages; /* since the last line printed */
};

static volatile sig_atomic_t stop_asked;

static void
on_signal(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

/* ---- the configuration ---- */

static int
free_port(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = -1;

	if (fd != -1 && bind(fd, (struct sockaddr *)&a, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		port = ntohs(a.sin_port);
	if (fd != -1)
		close(fd);
	return port;
}

/* The port that stands for one written in the file. */
static int
real_port(struct demo *d, int written)
{
	for (int i = 0; i < d->port_count; i++)
		if (d->ports[i].written == written)
			return d->ports[i].real;
	if (d->port_count == PORTS_MAX)
		return -1;
	d->ports[d->port_count].written = written;
	d->ports[d->port_count].real = free_port();
	return d->ports[d->port_count++].real;
}

/* A chroot or a container may lack /dev/pts: then no serial line can be played,
 * and its devices are asked over TCP. */
static bool
has_ptys(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	if (fd != -1)
		close(fd);
	else
		fprintf(stderr,
		    "no pseudo terminals here (is /dev/pts mounted?): the serial line is played over TCP\n");
	return fd != -1;
}

static void
translate(struct demo *d, const char *text, struct buf *out)
{
	bool ptys = has_ptys();

	while (*text != '\0') {
		if (!ptys && strncmp(text, "rtu://", 6) == 0) {
			buf_printf(out, "tcp://" LOOPBACK "%d", free_port());
			text += strcspn(text, "\"");
		}
		if (strncmp(text, LOOPBACK, strlen(LOOPBACK)) == 0) {
			char *end;
			long port;

			text += strlen(LOOPBACK);
			port = strtol(text, &end, 10);
			buf_printf(out, LOOPBACK "%d", real_port(d, (int)port));
			text = end;
		} else if (strncmp(text, DEMO_FOLDER, strlen(DEMO_FOLDER)) ==
		    0) {
			buf_puts(out, d->dir);
			text += strlen(DEMO_FOLDER);
		} else {
			buf_add(out, text++, 1);
		}
	}
}

static int
file_read(const char *path, struct buf *out)
{
	char piece[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	close(fd);
	return n == 0 ? 0 : -1;
}

static int
file_write(const struct demo *d, const char *name, const struct buf *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	bool whole = write(fd, text->data, text->len) == (ssize_t)text->len;

	return close(fd) == 0 && whole ? 0 : -1;
}

static int
folder_make(struct demo *d, const char *size)
{
	char path[4096];
	struct buf text = {0}, real = {0};
	int rc = -1;

	snprintf(path, sizeof(path), "%s/demo/%s.yaml", conf_share_dir(), size);
	if (file_read(path, &text) == -1) {
		fprintf(stderr, "riser: no demo of size %s: %s: %s\n", size,
		    path, strerror(errno));
		goto done;
	}
	snprintf(d->dir, sizeof(d->dir), DEMO_FOLDER "-XXXXXX");
	if (mkdtemp(d->dir) == NULL) {
		fprintf(stderr, "riser: %s: %s\n", d->dir, strerror(errno));
		d->dir[0] = '\0';
		goto done;
	}
	translate(d, text.data, &real);
	if (file_write(d, "riser.yaml", &real) == -1) {
		fprintf(stderr, "riser: %s: %s\n", d->dir, strerror(errno));
		goto done;
	}
	rc = 0;
done:
	buf_free(&text);
	buf_free(&real);
	return rc;
}

static int
remove_one(const char *path, const struct stat *s, int flag, struct FTW *ftw)
{
	(void)s, (void)flag, (void)ftw;
	return remove(path);
}

/* ---- children ---- */

static void
child_run(const struct demo *d, enum child c, int out_fd, char *argv[])
{
	char path[128];
	int log_fd;

	snprintf(path, sizeof(path), "%s/log.%d", d->dir, (int)c);
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log_fd, STDERR_FILENO);
	dup2(out_fd == -1 ? log_fd : out_fd, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Ctrl-C in the terminal reaches the whole group: it is for us. */
	setpgid(0, 0);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int
child_start(struct demo *d, enum child c, int out_fd, char *argv[])
{
	pid_t pid = fork();

	if (pid == 0)
		child_run(d, c, out_fd, argv);
	d->pids[c] = pid;
	return pid > 0 ? 0 : -1;
}

static void
child_log(const struct demo *d, enum child c)
{
	char path[128];
	struct buf text = {0};

	snprintf(path, sizeof(path), "%s/log.%d", d->dir, (int)c);
	if (file_read(path, &text) == 0 && text.len > 0)
		fprintf(stderr, "%s", text.data);
	buf_free(&text);
}

/* The first child that ended though nobody asked it to, or CHILD_COUNT. */
static enum child
child_lost(struct demo *d)
{
	for (int c = 0; c < CHILD_COUNT; c++)
		if (d->pids[c] > 0 &&
		    waitpid(d->pids[c], NULL, WNOHANG) == d->pids[c]) {
			d->pids[c] = 0;
			return (enum child)c;
		}
	return CHILD_COUNT;
}

static void
child_stop(struct demo *d, enum child c)
{
	int64_t until_ms = clock_mono_ms() + STOP_MS;

	if (d->pids[c] <= 0)
		return;
	kill(d->pids[c], SIGTERM);
	while (waitpid(d->pids[c], NULL, WNOHANG) == 0) {
		if (clock_mono_ms() > until_ms)
			kill(d->pids[c], SIGKILL);
		clock_sleep_until_us(clock_mono_us() + 10000);
	}
	d->pids[c] = 0;
}

/* ---- the gateway's own word, over its Unix socket ---- */

static int
gateway_connect(const struct demo *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/store/riser.sock", d->dir);
	if (fd != -1 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int
gateway_get(const struct demo *d, const char *path, struct buf *out)
{
	char piece[4096];
	ssize_t n;
	int fd = gateway_connect(d);

	if (fd == -1)
		return -1;
	dprintf(fd,
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    path);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	close(fd);
	return out->len > 0 ? 0 : -1;
}

static unsigned long long
figure(const struct buf *metrics, const char *series)
{
	const char *at = strstr(metrics->data, series);

	return at == NULL ? 0 : strtoull(at + strlen(series), NULL, 10);
}

/* ---- what flows ---- */

static void
message_take(struct demo *d)
{
	d->line[d->line_len] = '\0';
	d->line_len = 0;
	d->messages++;
	if (strstr(d->line, "/data ") != NULL)
		strcpy(d->last, d->line);
}

static void
messages_read(struct demo *d, int wait_ms)
{
	struct pollfd p = {.fd = d->messages_fd, .events = POLLIN};
	char piece[4096];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	n = read(d->messages_fd, piece, sizeof(piece));
	for (ssize_t i = 0; i < n; i++) {
		if (piece[i] == '\n')
			message_take(d);
		else if (d->line_len < sizeof(d->line) - 1)
			d->line[d->line_len++] = piece[i];
	}
	if (n == 0) /* mosquitto_sub ended: do not spin until it is noticed */
		clock_sleep_until_us(clock_mono_us() + wait_ms * 1000);
}

/* Cuts a UTF-8 text so that it takes at most `room` bytes. */
static void
cut(char *text, size_t room)
{
	if (strlen(text) <= room)
		return;
	while (room > 0 && ((unsigned char)text[room] & 0xC0) == 0x80)
		room--;
	text[room] = '\0';
}

static void
print_line(struct demo *d)
{
	struct buf metrics = {0};
	struct winsize w = {0};
	char clock[16];
	time_t now = time(NULL);
	struct tm tm;
	int head;

	if (gateway_get(d, "/metrics", &metrics) == 0) {
		strftime(
		    clock, sizeof(clock), "%H:%M:%S", localtime_r(&now, &tm));
		head = printf("%s  read %llu  kept %llu  delivered %llu  "
			      "pending %llu  | %u messages a second",
		    clock,
		    figure(&metrics, "riser_reads_total{stage=\"read\"} "),
		    figure(&metrics,
			"riser_readings_total{sink=\"mqtt\",stage=\"accepted\"} "),
		    figure(&metrics,
			"riser_readings_total{sink=\"mqtt\",stage=\"delivered\"} "),
		    figure(&metrics,
			"riser_readings_total{sink=\"mqtt\",stage=\"pending\"} "),
		    d->messages);
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 &&
		    w.ws_col > 20 && w.ws_col > head + 3)
			cut(d->last, (size_t)(w.ws_col - head - 3));
		printf("  %s\n", d->last);
		fflush(stdout);
	}
	d->messages = 0;
	buf_free(&metrics);
}

/* Prints a line a second until it is over.  Returns the exit code. */
static int
watch(struct demo *d, int64_t seconds)
{
	int64_t now_ms = clock_mono_ms(), line_ms = now_ms + 1000;
	int64_t end_ms = seconds > 0 ? now_ms + seconds * 1000 : INT64_MAX;

	while (!stop_asked && (now_ms = clock_mono_ms()) < end_ms) {
		enum child lost = child_lost(d);

		if (lost != CHILD_COUNT) {
			fprintf(stderr, "riser: %s ended by itself:\n",
			    child_names[lost]);
			child_log(d, lost);
			return EXIT_FAILED;
		}
		if (now_ms >= line_ms) {
			print_line(d);
			line_ms += 1000;
		}
		messages_read(d, 100);
	}
	return EXIT_DONE;
}

/* ---- start ---- */

static int
wait_for(struct demo *d, const char *what, bool (*ready)(struct demo *))
{
	int64_t until_ms = clock_mono_ms() + START_MS;
	enum child lost;

	while (!ready(d)) {
		lost = child_lost(d);
		if (lost == CHILD_COUNT && clock_mono_ms() < until_ms &&
		    !stop_asked) {
			clock_sleep_until_us(clock_mono_us() + 20000);
			continue;
		}
		fprintf(stderr, "riser: %s did not start:\n", what);
		for (int c = 0; c < CHILD_COUNT; c++)
			child_log(d, (enum child)c);
		return -1;
	}
	return 0;
}

static bool
port_answers(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes =
	    fd != -1 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	if (fd != -1)
		close(fd);
	return yes;
}

static bool
broker_ready(struct demo *d)
{
	return port_answers(real_port(d, 18883));
}

static bool
gateway_ready(struct demo *d)
{
	int fd = gateway_connect(d);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static int
broker_start(struct demo *d)
{
	struct buf conf = {0};
	char file[128];
	/* Debian keeps it in sbin, which is not on everybody's PATH. */
	char *argv[] = {access("/usr/sbin/mosquitto", X_OK) == 0
		? (char *)"/usr/sbin/mosquitto"
		: (char *)"mosquitto",
	    (char *)"-c", file, NULL};
	int rc;

	snprintf(file, sizeof(file), "%s/mosquitto.conf", d->dir);
	buf_printf(&conf,
	    "listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n",
	    real_port(d, 18883));
	rc = file_write(d, "mosquitto.conf", &conf);
	buf_free(&conf);
	if (rc == -1 || child_start(d, BROKER, -1, argv) == -1)
		return -1;
	return wait_for(d, "mosquitto (is it installed?)", broker_ready);
}

static int
riser_start(struct demo *d, enum child c, const char *command)
{
	char file[128];
	char *argv[] = {(char *)"/proc/self/exe", (char *)command, (char *)"-c",
	    file, NULL};

	snprintf(file, sizeof(file), "%s/riser.yaml", d->dir);
	return child_start(d, c, -1, argv);
}

static int
subscriber_start(struct demo *d)
{
	char port[16];
	char *argv[] = {(char *)"mosquitto_sub", (char *)"-h",
	    (char *)"127.0.0.1", (char *)"-p", port, (char *)"-v", (char *)"-t",
	    (char *)"riser/#", NULL};
	int pipe_fds[2], rc;

	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return -1;
	snprintf(port, sizeof(port), "%d", real_port(d, 18883));
	rc = child_start(d, SUBSCRIBER, pipe_fds[1], argv);
	close(pipe_fds[1]);
	d->messages_fd = pipe_fds[0];
	return rc;
}

static int
demo_start(struct demo *d, const char *size)
{
	if (folder_make(d, size) == -1 || broker_start(d) == -1)
		return -1;
	if (riser_start(d, SIM, "sim") == -1 || subscriber_start(d) == -1 ||
	    riser_start(d, GATEWAY, "run") == -1)
		return -1;
	if (wait_for(d, "the gateway", gateway_ready) == -1)
		return -1;
	printf("http://127.0.0.1:%d\n", real_port(d, 18080));
	printf("mqtt://127.0.0.1:%d\n", real_port(d, 18883));
	printf(
	    "  all of it: mosquitto_sub -h 127.0.0.1 -p %d -v -t 'riser/#'\n",
	    real_port(d, 18883));
	fflush(stdout);
	return 0;
}

static void
demo_stop(struct demo *d)
{
	for (int c = CHILD_COUNT - 1; c >= 0; c--)
		child_stop(d, (enum child)c);
	if (d->messages_fd != -1)
		close(d->messages_fd);
	if (d->dir[0] != '\0')
		nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
command_demo(int argc, char *argv[])
{
	static const struct option options[] = {
	    {"size", required_argument, NULL, 's'},
	    {"seconds", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	struct sigaction act = {.sa_handler = on_signal};
	struct demo d = {.messages_fd = -1};
	const char *size = "s";
	char *end = NULL;
	long seconds = 0;
	int option, rc = EXIT_FAILED;

	while ((option = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (option == 's')
			size = optarg;
		else if (option == 'n')
			seconds = strtol(optarg, &end, 10);
		else
			return usage_error(
			    "demo", "wrong option \"%s\"", argv[optind - 1]);
	}
	if (optind != argc || strchr(size, '/') != NULL ||
	    (end != NULL && (*end != '\0' || seconds <= 0)))
		return usage_error(
		    "demo", "a size is a letter, seconds a number");
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (demo_start(&d, size) == 0)
		rc = watch(&d, seconds);
	demo_stop(&d);
	return rc;
}
