/*
 * demo.c - `riser demo`: a simulated estate, a broker and the gateway
 *
 * Four children (mosquitto, riser sim, riser run, mosquitto_sub) in a temporary
 * folder.  The configuration is config/demo/SIZE.yaml with its ports replaced
 * by free ones and its folder by ours, so the same file also works by hand.
 * What flows is read from the gateway's own ledger, and the message shown is
 * one that came out of the broker.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/demo_broker.h"
#include "gateway/commands/demo_stage.h"
#include "gateway/commands/demo_text.h"
#include "gateway/commands/demo_user.h"
#include "gateway/conf/conf.h"

#define START_MS 10000
#define START_STEP_US 20000
#define BROKER_PORT 18883 /* as written in config/demo */
#define PAGE_PORT 18080
#define APART 97 /* ports from one demo to the next */
#define YEAR_S (365 * 24 * 3600)

struct demo {
	struct demo_children children;
	struct demo_messages messages;
	struct demo_text text;
	struct conf *conf; /* as it is run */
	int broker_port, page_port;
	int door_port; /* the first; 0: no bus needs one */
	char password[DEMO_PASSWORD_MAX];
};

static volatile sig_atomic_t stop_asked;

static void
on_signal(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

/* ---- the folder ---- */

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
		    "no pseudo terminals here (is /dev/pts mounted?): serial lines are played over TCP\n");
	return fd != -1;
}

static int
no_port(void)
{
	fprintf(stderr, "riser: no port is free at 127.0.0.1\n");
	return -1;
}

static int
conf_translate(struct demo *d, const char *text, struct buf *out)
{
	int from = getpid() * APART % 10000;

	if (demo_text_copy(
		&d->text, text, d->children.dir, has_ptys(), from, out) == -1)
		return no_port();
	d->broker_port = demo_text_port(&d->text, BROKER_PORT);
	d->page_port = demo_text_port(&d->text, PAGE_PORT);
	if (d->broker_port != -1 && d->page_port != -1)
		return 0;
	fprintf(stderr,
	    "riser: a demo has mqtt at 127.0.0.1:%d and web at 127.0.0.1:%d\n",
	    BROKER_PORT, PAGE_PORT);
	return -1;
}

static int
folder_make(struct demo *d)
{
	snprintf(
	    d->children.dir, sizeof(d->children.dir), DEMO_FOLDER "-XXXXXX");
	if (mkdtemp(d->children.dir) != NULL)
		return 0;
	fprintf(stderr, "riser: %s: %s\n", d->children.dir, strerror(errno));
	d->children.dir[0] = '\0';
	return -1;
}

/* What was written, and doors for it. */
static int
conf_open(struct demo *d)
{
	char file[128];
	int doors;

	snprintf(file, sizeof(file), "%s/riser.yaml", d->children.dir);
	d->conf = conf_read(file, stderr);
	if (d->conf == NULL)
		return -1;
	doors = demo_stage_doors(d->conf);
	if (doors > 0)
		d->door_port = demo_text_row(&d->text, doors);
	return d->door_port == -1 ? no_port() : 0;
}

static void
no_text(const char *size, const char *path)
{
	const char *why = strerror(errno);

	fprintf(stderr,
	    "riser: no demo of size %s: %s: %s; riser's own files are looked "
	    "for in %s\n",
	    size, path, why, conf_share_places());
}

static int
conf_make(struct demo *d, const char *size)
{
	char path[4096];
	struct buf text = {0}, real = {0};
	int rc = -1;

	demo_user_password(d->password);
	snprintf(path, sizeof(path), "%s/demo/%s.yaml", conf_share_dir(), size);
	buf_puts(&text, ""); /* so that an empty file is a text, too */
	if (demo_file_read(path, &text) == -1)
		no_text(size, path);
	else if (folder_make(d) == 0 &&
	    conf_translate(d, text.data, &real) == 0 &&
	    demo_user_write(d->children.dir, d->password) == 0) {
		demo_user_name(&real);
		rc = demo_file_write(&d->children, "riser.yaml", &real);
	}
	if (rc == 0)
		rc = conf_open(d);
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

/* ---- the gateway's own word, over its Unix socket ---- */

static int
gateway_connect(const struct demo *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/store/riser.sock",
	    d->children.dir);
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
		    d->messages.count);
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 &&
		    w.ws_col > 20 && w.ws_col > head + 3)
			cut(d->messages.last, (size_t)(w.ws_col - head - 3));
		printf("  %s\n", d->messages.last);
		fflush(stdout);
	}
	d->messages.count = 0;
	buf_free(&metrics);
}

/* Prints a line a second until it is over.  Returns the exit code. */
static int
watch(struct demo *d, int64_t seconds)
{
	int64_t now_ms = clock_mono_ms(), line_ms = now_ms + 1000;
	int64_t end_ms = seconds > 0 ? now_ms + seconds * 1000 : INT64_MAX;

	while (!stop_asked && (now_ms = clock_mono_ms()) < end_ms) {
		enum demo_child lost = demo_child_lost(&d->children);

		if (lost != DEMO_CHILD_COUNT) {
			fprintf(stderr, "riser: %s ended by itself:\n",
			    demo_child_names[lost]);
			demo_child_tell(&d->children, lost);
			return EXIT_FAILED;
		}
		if (now_ms >= line_ms) {
			print_line(d);
			line_ms += 1000;
		}
		demo_messages_read(&d->messages, 100);
	}
	return EXIT_DONE;
}

/* ---- start ---- */

static int
wait_for(struct demo *d, const char *what, bool (*ready)(struct demo *))
{
	int64_t until_ms = clock_mono_ms() + START_MS;

	while (!ready(d)) {
		if (demo_child_lost(&d->children) == DEMO_CHILD_COUNT &&
		    clock_mono_ms() < until_ms && !stop_asked) {
			clock_sleep_until_us(clock_mono_us() + START_STEP_US);
			continue;
		}
		fprintf(stderr, "riser: %s did not start:\n", what);
		for (int c = 0; c < DEMO_CHILD_COUNT; c++)
			demo_child_tell(&d->children, (enum demo_child)c);
		return -1;
	}
	return 0;
}

static bool
broker_ready(struct demo *d)
{
	return demo_broker_answers(d->broker_port);
}

/* It says where its buses are once all of them can be asked. */
static bool
sim_ready(struct demo *d)
{
	return demo_child_spoke(&d->children, DEMO_SIM);
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
riser_start(struct demo *d, enum demo_child c, const char *command)
{
	char file[128], port[16];
	char *argv[] = {(char *)"/proc/self/exe", (char *)command, (char *)"-c",
	    file, NULL, port, NULL};

	snprintf(file, sizeof(file), "%s/riser.yaml", d->children.dir);
	snprintf(port, sizeof(port), "%d", d->door_port);
	if (c == DEMO_SIM && d->door_port > 0)
		argv[4] = (char *)"--doors";
	return demo_child_start(&d->children, c, -1, argv);
}

/* How this demo is asked.  A clone's program is not in PATH. */
static void
print_command(const struct demo *d, const char *what, const char *command)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
	bool whole = n > 0 && (size_t)n < sizeof(self);

	printf("%s: %.*s %s -c %s/riser.yaml", what, whole ? (int)n : 5,
	    whole ? self : "riser", command, d->children.dir);
}

static void
print_where(const struct demo *d)
{
	printf("http://127.0.0.1:%d\n", d->page_port);
	printf("  the page; for a big screen http://127.0.0.1:%d/wall\n",
	    d->page_port);
	printf("  to acknowledge alarms log in as %s, password %s\n", DEMO_USER,
	    d->password);
	printf("mqtt://127.0.0.1:%d\n", d->broker_port);
	printf(
	    "  all of it: mosquitto_sub -h 127.0.0.1 -p %d -v -t 'riser/#'\n",
	    d->broker_port);
	demo_stage_print(d->conf, d->door_port, stdout);
	print_command(d, "and to see what comes of it", "alarms");
	putchar('\n');
	print_command(d, "and how riser itself does", "top");
	putchar('\n');
	print_command(d, "what a point did", "history");
	puts(" tx-1/active_power --step 10s");
	fflush(stdout);
}

static int
demo_start(struct demo *d, const char *size)
{
	if (conf_make(d, size) == -1 ||
	    demo_broker_start(&d->children, d->broker_port) == -1 ||
	    wait_for(d, "mosquitto (is it installed?)", broker_ready) == -1)
		return -1;
	if (riser_start(d, DEMO_SIM, "sim") == -1 ||
	    wait_for(d, "the simulator", sim_ready) == -1 ||
	    demo_messages_start(&d->children, d->broker_port, &d->messages) ==
		-1 ||
	    riser_start(d, DEMO_GATEWAY, "run") == -1 ||
	    wait_for(d, "the gateway", gateway_ready) == -1)
		return -1;
	print_where(d);
	return 0;
}

static void
demo_stop(struct demo *d)
{
	for (int c = DEMO_CHILD_COUNT - 1; c >= 0; c--)
		demo_child_stop(&d->children, (enum demo_child)c);
	if (d->messages.fd != -1)
		close(d->messages.fd);
	conf_free(d->conf);
	if (d->children.dir[0] != '\0')
		nftw(d->children.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
command_demo(int argc, char *argv[])
{
	static const struct option options[] = {
	    {"size", required_argument, NULL, 's'},
	    {"seconds", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	struct sigaction act = {.sa_handler = on_signal};
	struct demo d = {.messages = {.fd = -1}};
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
			return usage_option("demo", option, argv[optind - 1]);
	}
	if (optind != argc)
		return usage_error("demo", "\"%s\" is too much", argv[optind]);
	if (strlen(size) != 1 || !strchr("sml", *size))
		return value_error(
		    "demo", "--size is s, m or l, not \"%s\"", size);
	if (end != NULL && (*end != '\0' || seconds < 1 || seconds > YEAR_S))
		return value_error("demo", "--seconds is 1 to %d", YEAR_S);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGPIPE, &act, NULL); /* nobody reads us any more */
	if (demo_start(&d, size) == 0)
		rc = watch(&d, seconds);
	demo_stop(&d);
	return rc;
}
