/*
 * wire.c - a serial line with its time, and the units on it
 *
 *	wire --link PATH [--baud 9600] [--format 8N1] [--turnaround 5000]
 *	     [--units 1-10] [--unit U=MANNERS]... [--seconds S]
 *	     [--strict 1] [--echo 1]
 *
 * PATH becomes a link to a pseudo terminal.  What is written to it is a
 * question on the wire; each character takes its time there and back.  An
 * answer begins t3.5 and the turnaround (us) after the question's end, and each
 * of its characters is handed over when it is through.  Every register answers
 * unit << 8 | (address & 255), so a value in the wrong place gives itself away.
 *
 * MANNERS of a unit (good is the default):
 *	dead		never answers
 *	away:FROM-TO	does not answer from FROM to TO, in seconds
 *	late:MS		answers so much later than the others, always
 *	drip:MS		so much time between two characters of an answer
 *	babble:N	N characters of noise directly behind each answer
 *	exception:N	answers every question with exception N
 *	twin		is two devices: what they say after the third character
 *			of an answer is damaged
 *
 * Everybody hears everybody: of two who talk at once both are damaged, and a
 * damaged question is answered by nobody.  A unit that is asked again while it
 * still talks answers after that.
 *
 * With --strict what is asked at another baud rate than the line's is heard by
 * nobody (parity a pseudo terminal has none); with --echo each question comes
 * back to the one who asked, as some adapters have it.
 *
 * The judge, for the one who asks:
 *	busy		a question while its own last one or an answer was on
 *			the wire (what nobody could hear yet, a first character
 *			in the air, is a collision and nobody's fault)
 *	gap		less than 3.5 characters after the last thing heard
 *	function	not one of the four that read
 *	damaged		no question at all
 * It counts by the time at which characters were really handed over, so that a
 * machine that is too busy to run this program in time makes nobody guilty.
 *
 * SIGUSR1 starts to count anew.  SIGTERM, SIGINT or --seconds end it, with one
 * JSON object on stdout.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS ((int64_t)1000000000)
#define UNITS 256
#define TALKS 32 /* answers under way */
#define ASKS 1024 /* different questions */
#define TIMES 4096 /* of each that are kept */
#define QUESTION 8 /* characters of one that reads */
#define ANSWER_MAX 512 /* with what is babbled behind it */

enum manners { GOOD, AWAY, LATE, DRIP, BABBLE, EXCEPTION, TWIN };

static const char *const manners_names[] = {
    "good", "away", "late", "drip", "babble", "exception", "twin"};

struct unit {
	bool here;
	enum manners manners;
	int64_t arg, until; /* ms or a number; AWAY: seconds */
	uint64_t requests, answered;
	int64_t busy_ns; /* of the wire's time, both ways and t3.5 twice */
	int64_t back_ns; /* first answer after it was away; 0: none */
};

/* An answer on its way. */
struct talk {
	uint8_t unit;
	size_t len, said;
	int64_t next_ns; /* end of the next character */
	int64_t pace_ns; /* from there to the one after it */
	uint8_t bytes[ANSWER_MAX];
};

/* One question by what it asks, and when it was asked. */
struct ask {
	uint8_t bytes[QUESTION];
	size_t count; /* times, at most TIMES are kept */
	double at_s[TIMES]; /* since the count began */
};

static struct {
	int fd, keep; /* ours; the terminal's own side, held open */
	const char *link;
	bool strict, echo;
	int64_t baud, char_ns, gap_ns, turnaround_ns, start_ns, count_ns;
	struct unit units[UNITS];
	struct talk talks[TALKS];
	size_t talk_count;
	/* the question on the wire */
	uint8_t question[QUESTION];
	bool asked, damaged;
	int64_t begin_ns, end_ns; /* of it, or of the last one */
	int64_t said_ns,
	    said_until_ns; /* the last character: handed over, due */
	uint8_t said_by;
	struct ask asks[ASKS];
	size_t ask_count;
	uint64_t busy, gap, function, damaged_count, collisions, requests;
} wire;

static volatile sig_atomic_t stop, anew;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static double
seconds(int64_t ns)
{
	return (double)ns / (double)SECOND_NS;
}

static _Noreturn void
usage(const char *what)
{
	fprintf(stderr, "wire: %s (the head of tests/wire.c says how)\n", what);
	exit(2);
}

/* Modbus over Serial Line V1.02, 6.2.2. */
static uint16_t
crc16(const uint8_t *p, size_t len)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

/* ---- talking ---- */

static bool
is_away(const struct unit *u, int64_t at_ns)
{
	double s = seconds(at_ns - wire.start_ns);

	return u->manners == AWAY && s >= (double)u->arg &&
	    s < (double)u->until;
}

static size_t
compose(const struct unit *u, const uint8_t *q, uint8_t *out)
{
	unsigned address = (unsigned)q[2] << 8 | q[3];
	unsigned count = (unsigned)q[4] << 8 | q[5];
	unsigned exception = count < 1 || count > 125 ? 3 : 0;
	size_t len = 3;
	uint16_t crc;

	if (u->manners == EXCEPTION)
		exception = (unsigned)u->arg;
	else if (q[1] != 3 && q[1] != 4)
		exception = 1;
	out[0] = q[0];
	out[1] = q[1];
	out[2] = (uint8_t)(2 * count);
	if (exception != 0) {
		out[1] |= 0x80;
		out[2] = (uint8_t)exception;
	} else {
		for (unsigned i = 0; i < count; i++) {
			out[len++] = q[0];
			out[len++] = (uint8_t)(address + i);
		}
	}
	crc = crc16(out, len);
	out[len++] = (uint8_t)crc;
	out[len++] = (uint8_t)(crc >> 8);
	return len;
}

/* When the unit is through with what it is already saying. */
static int64_t
free_ns(uint8_t unit, int64_t at_ns)
{
	for (size_t i = 0; i < wire.talk_count; i++) {
		const struct talk *t = &wire.talks[i];
		int64_t end_ns = t->next_ns +
		    (int64_t)(t->len - t->said - 1) * t->pace_ns + wire.gap_ns;

		if (t->unit == unit && end_ns > at_ns)
			at_ns = end_ns;
	}
	return at_ns;
}

static void
answer(struct unit *u, const uint8_t *q)
{
	struct talk *t = &wire.talks[wire.talk_count];
	int64_t begin_ns = wire.end_ns + wire.gap_ns + wire.turnaround_ns;

	if (wire.talk_count == TALKS)
		return;
	if (u->manners == LATE)
		begin_ns += u->arg * 1000000;
	begin_ns = free_ns(q[0], begin_ns);
	*t = (struct talk){.unit = q[0], .pace_ns = wire.char_ns};
	t->len = compose(u, q, t->bytes);
	u->busy_ns += begin_ns - wire.end_ns + wire.gap_ns;
	if (u->manners == BABBLE)
		for (int64_t i = 0; i < u->arg; i++)
			t->bytes[t->len++] = (uint8_t)(random() >> 8);
	if (u->manners == DRIP)
		t->pace_ns = u->arg * 1000000;
	u->busy_ns += (int64_t)t->len * wire.char_ns;
	t->next_ns = begin_ns + wire.char_ns;
	wire.talk_count++;
	u->answered++;
	if (u->manners == AWAY && u->back_ns == 0 &&
	    seconds(begin_ns - wire.start_ns) >= (double)u->until)
		u->back_ns = begin_ns;
}

/* Whether another is heard while this character is in the air. */
static bool
collides(const struct talk *t)
{
	int64_t begin_ns = t->next_ns - wire.char_ns;

	if (begin_ns < wire.end_ns && t->next_ns > wire.begin_ns) {
		wire.damaged = true;
		return true;
	}
	if (wire.said_by != t->unit && wire.said_until_ns > begin_ns)
		return true;
	for (size_t i = 0; i < wire.talk_count; i++) {
		const struct talk *other = &wire.talks[i];

		if (other->unit != t->unit &&
		    llabs(other->next_ns - t->next_ns) < wire.char_ns)
			return true;
	}
	return false;
}

static void
say(struct talk *t)
{
	uint8_t c = t->bytes[t->said];

	if (wire.units[t->unit].manners == TWIN && t->said > 2)
		c ^= 0x5a;
	if (collides(t)) {
		wire.collisions++;
		c ^= 0x5a;
	}
	wire.said_ns = now_ns();
	wire.said_until_ns = t->next_ns;
	wire.said_by = t->unit;
	if (write(wire.fd, &c, 1) != 1 && errno != EAGAIN)
		stop = 1;
	t->next_ns += t->pace_ns;
	if (++t->said == t->len)
		*t = wire.talks[--wire.talk_count];
}

/* ---- hearing ---- */

static struct ask *
find_ask(const uint8_t *q)
{
	for (size_t i = 0; i < wire.ask_count; i++)
		if (memcmp(wire.asks[i].bytes, q, QUESTION) == 0)
			return &wire.asks[i];
	if (wire.ask_count == ASKS)
		return NULL;
	memcpy(wire.asks[wire.ask_count].bytes, q, QUESTION);
	wire.asks[wire.ask_count].count = 0;
	return &wire.asks[wire.ask_count++];
}

/* Whether an answer is being said that the one who asks must have noticed. */
static bool
is_talking(int64_t at_ns)
{
	for (size_t i = 0; i < wire.talk_count; i++)
		if (wire.talks[i].said > 0 &&
		    at_ns < wire.said_ns + wire.char_ns)
			return true;
	return false;
}

static void
judge(int64_t at_ns)
{
	int64_t last_ns =
	    wire.said_ns > wire.end_ns ? wire.said_ns : wire.end_ns;

	if (at_ns < wire.end_ns || is_talking(at_ns))
		wire.busy++;
	else if (last_ns > 0 && at_ns < last_ns + wire.gap_ns)
		wire.gap++;
}

static void
question_begins(int64_t at_ns)
{
	const uint8_t *q = wire.question;
	struct ask *ask = find_ask(q);
	struct unit *u = &wire.units[q[0]];

	wire.requests++;
	if (q[1] < 1 || q[1] > 4)
		wire.function++;
	u->requests++;
	u->busy_ns += QUESTION * wire.char_ns;
	if (ask != NULL) {
		if (ask->count < TIMES)
			ask->at_s[ask->count] = seconds(at_ns - wire.count_ns);
		ask->count++;
	}
	wire.asked = true;
	wire.damaged = false;
	wire.begin_ns = at_ns;
	wire.end_ns = at_ns + QUESTION * wire.char_ns;
}

/* The question is through: the unit that it is for has heard it. */
static void
question_ends(void)
{
	struct unit *u = &wire.units[wire.question[0]];

	wire.asked = false;
	if (!wire.damaged && u->here && !is_away(u, wire.end_ns))
		answer(u, wire.question);
}

/* Whether the port is set as the line is. */
static bool
speaks_as_line(void)
{
	static const struct {
		int64_t baud;
		speed_t speed;
	} speeds[] = {{2400, B2400}, {4800, B4800}, {9600, B9600},
	    {19200, B19200}, {38400, B38400}, {115200, B115200}};
	struct termios t;

	if (tcgetattr(wire.keep, &t) == -1)
		return false;
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].baud == wire.baud)
			return cfgetospeed(&t) == speeds[i].speed;
	return false;
}

static void
hear(void)
{
	int64_t at_ns = now_ns();
	uint8_t bytes[256];
	ssize_t n = read(wire.fd, bytes, sizeof(bytes));

	if (n <= 0)
		return;
	if (wire.echo && write(wire.fd, bytes, (size_t)n) != n)
		stop = 1;
	if (wire.strict && !speaks_as_line()) {
		wire.damaged_count++;
		return;
	}
	judge(at_ns);
	if (wire.asked && wire.end_ns <= at_ns)
		question_ends();
	if (wire.asked) { /* two at once are none */
		wire.damaged = true;
		return;
	}
	if (n != QUESTION || crc16(bytes, QUESTION) != 0) { /* with its own */
		wire.damaged_count++;
		return;
	}
	memcpy(wire.question, bytes, QUESTION);
	question_begins(at_ns);
}

/* ---- what was seen ---- */

static int
by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

/* Times between two of the same question, over all of a unit's. */
static void
print_cycles(uint8_t unit)
{
	static double took[ASKS * 4];
	size_t count = 0;

	for (size_t i = 0; i < wire.ask_count; i++) {
		const struct ask *a = &wire.asks[i];
		size_t kept = a->count < TIMES ? a->count : TIMES;

		for (size_t k = 1; a->bytes[0] == unit && k < kept; k++)
			if (count < sizeof(took) / sizeof(took[0]))
				took[count++] = a->at_s[k] - a->at_s[k - 1];
	}
	if (count == 0)
		return;
	qsort(took, count, sizeof(took[0]), by_value);
	printf(", \"cycle_p50_s\": %.4f, \"cycle_p99_s\": %.4f",
	    took[count / 2], took[count * 99 / 100]);
}

static void
print_units(int64_t span_ns)
{
	bool first = true;

	for (int i = 0; i < UNITS; i++) {
		const struct unit *u = &wire.units[i];

		if (!u->here && u->requests == 0)
			continue;
		printf("%s\n  {\"unit\": %d, \"manners\": \"%s\", "
		       "\"requests\": %llu, \"answered\": %llu, "
		       "\"busy_share\": %.4f",
		    first ? "" : ",", i, manners_names[u->manners],
		    (unsigned long long)u->requests,
		    (unsigned long long)u->answered,
		    (double)u->busy_ns / (double)span_ns);
		print_cycles((uint8_t)i);
		if (u->back_ns != 0)
			printf(", \"back_after_s\": %.3f",
			    seconds(u->back_ns - wire.start_ns) -
				(double)u->until);
		printf("}");
		first = false;
	}
}

static void
print_asks(void)
{
	for (size_t i = 0; i < wire.ask_count; i++) {
		const struct ask *a = &wire.asks[i];
		const uint8_t *q = a->bytes;

		printf(
		    "%s\n  {\"unit\": %u, \"function\": %u, \"address\": %u, "
		    "\"count\": %u, \"at_s\": [",
		    i == 0 ? "" : ",", q[0], q[1], (unsigned)q[2] << 8 | q[3],
		    (unsigned)q[4] << 8 | q[5]);
		for (size_t k = 0; k < a->count && k < TIMES; k++)
			printf("%s%.4f", k == 0 ? "" : ", ", a->at_s[k]);
		printf("]}");
	}
}

static void
print_summary(void)
{
	int64_t span_ns = now_ns() - wire.count_ns;

	printf("{\"span_s\": %.3f, \"requests\": %llu, \"collisions\": %llu,\n"
	       " \"violations\": {\"busy\": %llu, \"gap\": %llu, "
	       "\"function\": %llu, \"damaged\": %llu},\n \"units\": [",
	    seconds(span_ns), (unsigned long long)wire.requests,
	    (unsigned long long)wire.collisions, (unsigned long long)wire.busy,
	    (unsigned long long)wire.gap, (unsigned long long)wire.function,
	    (unsigned long long)wire.damaged_count);
	print_units(span_ns);
	printf("],\n \"asks\": [");
	print_asks();
	printf("]}\n");
}

static void
count_anew(void)
{
	anew = 0;
	wire.count_ns = now_ns();
	wire.ask_count = 0;
	wire.busy = wire.gap = wire.function = wire.damaged_count = 0;
	wire.collisions = wire.requests = 0;
	for (int i = 0; i < UNITS; i++)
		wire.units[i].requests = wire.units[i].answered =
		    (uint64_t)(wire.units[i].busy_ns = 0);
}

/* ---- the line ---- */

static void
on_signal(int sig)
{
	*(sig == SIGUSR1 ? &anew : &stop) = 1;
}

static void
catch_signals(unsigned limit_s)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	alarm(limit_s);
}

static void
open_line(void)
{
	struct termios t;
	const char *name;

	wire.fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (wire.fd == -1 || grantpt(wire.fd) == -1 ||
	    unlockpt(wire.fd) == -1 || (name = ptsname(wire.fd)) == NULL ||
	    (wire.keep = open(name, O_RDWR | O_NOCTTY)) == -1)
		usage("there are no pseudo terminals here");
	tcgetattr(wire.keep, &t);
	cfmakeraw(&t);
	tcsetattr(wire.keep, TCSANOW, &t);
	unlink(wire.link);
	if (symlink(name, wire.link) == -1)
		usage("cannot make the link");
}

/* The talk whose next character is due first; NULL if nobody talks. */
static struct talk *
next_talk(void)
{
	struct talk *next = NULL;

	for (size_t i = 0; i < wire.talk_count; i++)
		if (next == NULL || wire.talks[i].next_ns < next->next_ns)
			next = &wire.talks[i];
	return next;
}

/* Does the first thing that is due.  Returns 0, or when something will be. */
static int64_t
do_due(int64_t at_ns)
{
	struct talk *t = next_talk();
	int64_t due_ns = t == NULL ? INT64_MAX : t->next_ns;

	if (wire.asked && wire.end_ns <= due_ns) {
		if (wire.end_ns > at_ns)
			return wire.end_ns;
		question_ends();
		return 0;
	}
	if (due_ns > at_ns)
		return due_ns;
	say(t);
	return 0;
}

static void
run(void)
{
	struct pollfd p = {.fd = wire.fd, .events = POLLIN};
	struct timespec left;

	while (!stop) {
		int64_t at_ns = now_ns(), due_ns = do_due(at_ns);

		if (anew)
			count_anew();
		if (due_ns > at_ns + SECOND_NS)
			due_ns = at_ns + SECOND_NS;
		due_ns = due_ns > at_ns ? due_ns - at_ns : 0;
		left.tv_sec = due_ns / SECOND_NS;
		left.tv_nsec = due_ns % SECOND_NS;
		if (ppoll(&p, 1, &left, NULL) > 0)
			hear();
	}
}

/* ---- what is asked for ---- */

static void
set_manners(const char *arg)
{
	long long unit, a = 0, b = 0;
	char word[16];
	struct unit *u;

	if (sscanf(arg, "%lld=%15[a-z]:%lld-%lld", &unit, word, &a, &b) < 2 ||
	    unit < 1 || unit >= UNITS)
		usage("a unit is written as 4=late:700");
	u = &wire.units[unit];
	u->here = true;
	u->arg = a;
	u->until = b;
	if (strcmp(word, "dead") == 0) {
		u->manners = AWAY;
		u->until = INT32_MAX;
		return;
	}
	for (int m = GOOD; m <= TWIN; m++)
		if (strcmp(word, manners_names[m]) == 0) {
			u->manners = (enum manners)m;
			return;
		}
	usage("such manners are not known");
}

static void
set_units(const char *arg)
{
	int first, last;

	if (sscanf(arg, "%d-%d", &first, &last) != 2 || first < 1 ||
	    last >= UNITS)
		usage("units are written as 1-10");
	while (first <= last)
		wire.units[first++].here = true;
}

static void
set_time(const char *format, int64_t turnaround_us)
{
	int64_t half_bits = 7; /* 3.5 characters, in halves of one */
	int64_t bits;

	if (strlen(format) != 3 || format[0] != '8' || wire.baud < 300)
		usage("a format is 8N1, 8E1, 8O1 or 8N2");
	bits = 1 + 8 + (format[1] != 'N') + (format[2] - '0');
	wire.char_ns = bits * SECOND_NS / wire.baud;
	wire.gap_ns = wire.baud > 19200
	    ? 1750000
	    : half_bits * bits * SECOND_NS / (2 * wire.baud);
	wire.turnaround_ns = turnaround_us * 1000;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"link", required_argument, NULL, 'l'},
	    {"baud", required_argument, NULL, 'b'},
	    {"format", required_argument, NULL, 'f'},
	    {"turnaround", required_argument, NULL, 't'},
	    {"units", required_argument, NULL, 'n'},
	    {"unit", required_argument, NULL, 'u'},
	    {"seconds", required_argument, NULL, 's'},
	    {"strict", required_argument, NULL, 'S'},
	    {"echo", required_argument, NULL, 'e'},
	    {0},
	};
	const char *format = "8N1";
	int64_t turnaround_us = 5000;
	unsigned limit_s = 600;
	int o;

	wire.baud = 9600;
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (o) {
		case 'l': wire.link = optarg; break;
		case 'b': wire.baud = atoi(optarg); break;
		case 'f': format = optarg; break;
		case 't': turnaround_us = atoi(optarg); break;
		case 'n': set_units(optarg); break;
		case 'u': set_manners(optarg); break;
		case 'S': wire.strict = atoi(optarg) != 0; break;
		case 'e': wire.echo = atoi(optarg) != 0; break;
		case 's': limit_s = (unsigned)atoi(optarg); break;
		default: usage("no such option");
		}
	if (wire.link == NULL)
		usage("--link is missing");
	set_time(format, turnaround_us);
	prctl(PR_SET_TIMERSLACK, 1000);
	wire.start_ns = now_ns();
	count_anew();
	open_line();
	catch_signals(limit_s);
	run();
	unlink(wire.link);
	print_summary();
	return 0;
}
