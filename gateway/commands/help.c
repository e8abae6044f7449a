/* help.c - `riser help`, `riser version`, and how every command is used */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gateway/commands/commands.h"
#include "gateway/version.h"

struct command {
	const char *name;
	int (*run)(int argc, char *argv[]);
	const char *arguments;
	const char *does;
	const char *more; /* for `riser help COMMAND` */
};

static const struct command commands[] = {
    {"run", command_run, "-c FILE", "the gateway, in the foreground",
	"Logs to stderr.  SIGTERM stops it cleanly, SIGHUP reads FILE again:\n"
	"a configuration with a mistake changes nothing.  Its own pages answer\n"
	"on the Unix socket riser.sock in the store's folder and, with a `web`\n"
	"key, on TCP.\n"},
    {"check", command_check, "-c FILE | PROFILE",
	"says what is wrong with a configuration or a profile",
	"Prints every mistake of FILE and of its profiles, or of the one profile\n"
	"(a path: config/profiles/meter/schneider-pm5000.yaml), as\n"
	"file:line:col: path: sentence, and ends with 1; or a summary and\n"
	"warnings about known traps, and ends with 0.  Opens no bus.\n"},
    {"plan", command_plan, "-c FILE [--json]",
	"what each bus will be asked, and how long it takes",
	"For each request its function code, space, PDU address (and in brackets\n"
	"the maker's number, where he counts from another than 0), registers or\n"
	"bits, period, the bytes of question and answer, the least time they\n"
	"take, and the points that it brings.  For each bus one pass over all\n"
	"requests and the share of the wire's time their periods need.  The\n"
	"time that devices take to answer is not in it.  Then the wire as a\n"
	"picture, with 5 ms for each answer.  Opens no bus.\n"},
    {"read", command_read, "-c FILE [GLOB ...] [--json] [--all]",
	"asks once, and shows values and raw words",
	"A GLOB is what a shell would take, of device/point: 'tx-1/voltage*',\n"
	"'*/pressure'; or of devices: tx-1.  Without one, everything.  Asks with\n"
	"the requests of `riser plan`, each once more if it fails, or point by\n"
	"point if the device refuses it; looks first whether a device is the\n"
	"model that its profile says (bad:identity).\n"
	"  --all   under each value its registers as every type in every word\n"
	"          order, the likely ones first: compare with the device's own\n"
	"          display to find type and word_order for a profile\n"
	"  --json  one document\n"
	"Ends with 0; 3 if something could not be read, and says why; 1 if a\n"
	"GLOB matches nothing.  A serial line can have one master: stop the\n"
	"gateway first (systemctl stop riser), or look at its page.\n"},
    {"scan", command_scan,
	"URL [--units 1-247] [--bauds 9600,19200] [--parities N,E] [--json] "
	"[--lang zh|en]",
	"who is on this line",
	"Asks each unit at each setting of the line until somebody answers, then\n"
	"the others at that setting, for a line has one.  A profile is named if\n"
	"its `identity` fits: those of ./profiles, of /etc/riser/profiles and the\n"
	"installed ones.  Prints what was found, and a riser.yaml to begin with.\n"
	"  URL         rtu:///dev/serial/by-id/NAME, tcp://HOST,\n"
	"              rtu+tcp://HOST:PORT?baud=9600; a ?baud= or &parity= in it is\n"
	"              the one that is tried\n"
	"  --units     which, such as 1-16,33 (default: 1-247, over TCP also 255\n"
	"              and 0)\n"
	"  --bauds, --parities  which, the likely ones first, of a port here\n"
	"  --json      one document\n"
	"  --lang L    zh or en; else as LC_ALL, LC_MESSAGES or LANG say\n"
	"Reads only: holding register 0, input register 0, and the registers of\n"
	"identities.  Says before how long it takes at most.  Ctrl-C shows who was\n"
	"found so far.\n"
	"Ends with 0 if somebody was found; 1 if nobody was, or a value is wrong;\n"
	"3 if the line cannot be opened, or was lost.  A serial line can have one\n"
	"master: stop the gateway first (systemctl stop riser).  Of a line behind\n"
	"a server nobody can tell whether it has one; of a port here scan does.\n"},
    {"history", command_history,
	"-c FILE DEVICE/POINT [--from T] [--to T] [--step 15m] [--csv|--json|--raw]",
	"what a point did, as rows",
	"A row is a slot of time in which there was a value: when it begins, min,\n"
	"max, mean (weighted by time), last, and the share of it that is covered.\n"
	"Of a counter also what it rose by, and how often it fell.\n"
	"  --from, --to  2026-10-01, 2026-10-01T12:00 (the site's clock),\n"
	"                2026-10-01T12:00:00+08:00, as --csv has it, or Unix ms;\n"
	"                the last day without them\n"
	"  --step        10s 1m 15m 1h 6h 1d ..: hours and days are local; without\n"
	"                it the coarsest that gives 500 rows or more\n"
	"  --json, --csv one document, or lines, as /api/v1/history has them;\n"
	"                else a table on a terminal, and CSV elsewhere\n"
	"  --raw         each reading as a line that import takes, of the store's\n"
	"                files; rows, which sum readings up, it cannot take\n"
	"Asks the gateway that runs on FILE's store, or with none running reads\n"
	"the store's files.  From when on so fine a step is kept is said on\n"
	"stderr if it is later than --from.\n"
	"  riser history -c FILE import FILE.csv\n"
	"takes in readings from elsewhere: lines of t,device,point,value; times\n"
	"as above, rising; an empty value is a reading that failed.  If a line is\n"
	"wrong nothing is taken.  Where the history has readings of a point, of\n"
	"the same minute, its own stay and the file's are left out: so the same\n"
	"file may come twice.\n"
	"Ends with 0; 1 if FILE has a mistake, a time, a step or a line of what\n"
	"is imported is wrong, or nobody knows the point; 3 if neither gateway\n"
	"nor files answer, or the file cannot be read.\n"},
    {"alarms", command_alarms,
	"-c FILE [--journal|--figures] [--days N] [--json] [--lang zh|en]",
	"what is not normal, and what happened",
	"Asks the gateway that runs on FILE's store, or with none running reads\n"
	"the store's files.  The most urgent alarm comes first: severity, state,\n"
	"device/alarm, since when, who acknowledged it, the value at its raise,\n"
	"and below it what is known besides.  \"over\" waits for people alone.  Those\n"
	"that are shelved, suppressed or out of service are the last.\n"
	"  --journal  every event, the newest last; a ? behind a time that is not\n"
	"             known for sure\n"
	"  --figures  how many, how fast they were acknowledged, floods, the ten\n"
	"             raised most, what chatters, what nobody ends\n"
	"  --days N   of the last N days (default 7)\n"
	"  --lang L   zh or en; else as LC_ALL, LC_MESSAGES or LANG say\n"
	"  --json     one document\n"
	"Ends with 0, also with alarms; 1 if FILE has a mistake, or N or L is no\n"
	"such value; 3 if neither gateway nor files answer, or the store has\n"
	"none.\n"},
    {"top", command_top, "-c FILE [--json] [--lang zh|en]",
	"a gateway that runs, as it is now",
	"Alarms, devices that do not answer, what the buses do, sinks and the\n"
	"store, each second, the worst first; the second line says whether\n"
	"anything is wrong.  Asks the gateway on FILE's store, over its socket.\n"
	"When that is gone the screen says so and goes on trying.  Where there is\n"
	"no terminal it prints one picture (as wide as COLUMNS says) and ends.\n"
	"  a, d, b   all the room for alarms, devices or buses, space has the\n"
	"            next rows of them; the same key again: all of it\n"
	"  q         ends it, and so does Ctrl-C\n"
	"  cycle     what one pass over the requests of a bus's living devices\n"
	"            took; limit: the least the wire allows for all; load: the\n"
	"            share of its time that the periods take; missed: periods that\n"
	"            went without a question\n"
	"  --lang L  zh or en; else as LC_ALL, LC_MESSAGES or LANG say\n"
	"  --json    one document; its counters are since the gateway's start\n"
	"Ends with 0; 1 if FILE has a mistake, or L is no such value; 3 if no\n"
	"gateway runs, or it does not answer.\n"},
    {"notify", command_notify, "-c FILE [--test CHANNEL [--json]]",
	"sends a test message to a channel",
	"Without --test, which channels there are.  The message goes as one of an\n"
	"alarm would and mentions whom the channel always mentions, but it is\n"
	"sent once: what came of it is said at once, and what to do about it.\n"
	"  --json  one document: channel, type, result (sent, busy, failed,\n"
	"          refused), code (the robot's, or of HTTP or SMTP), ms, why\n"
	"Ends with 0 if it was taken; 1 if FILE has a mistake, has no such\n"
	"channel, or the other side refuses what it says (token, signature,\n"
	"password, keyword, address); 3 if nobody was there, or is busy.\n"},
    {"passwd", command_passwd,
	"-c FILE USER ([--role R] [--name N] | --delete)",
	"who may log in at the page",
	"Adds USER to web.users_file, or gives him another password; asks for it\n"
	"twice on a terminal, else reads one line of standard input.  A gateway\n"
	"that runs sees it within a second, and logs USER out.  A password has ten\n"
	"characters or more.\n"
	"  --role    must be said of a new USER: viewer sees all but telephone\n"
	"            numbers and who logged in; duty also sees whom to call,\n"
	"            acknowledges, shelves up to 8h, writes down rescues; engineer\n"
	"            also sees who logged in and from where, shelves for longer,\n"
	"            takes out of service; bureau may nothing yet: it is kept for\n"
	"            reports\n"
	"  --name    for people: what stands beside what he did (default: USER)\n"
	"  --delete  removes him\n"
	"Ends with 0; 1 if FILE or the users file has a mistake, USER or R is no\n"
	"such name, or the password is too short; 3 if the file cannot be\n"
	"written.\n"},
    {"sim", command_sim, "-c FILE [--seed N] [--speed X] [--doors PORT]",
	"plays every device of FILE",
	"Listens at the address of each bus of tcp:// or rtu+tcp:// and makes a\n"
	"pty at each RTU bus's path, and answers as the devices would, until\n"
	"Ctrl-C.\n"
	"  --seed N      the same N gives the same values again, from 08:00 on;\n"
	"                without it the day goes on as it is at the site\n"
	"  --speed X     X simulated seconds a second, 0.001 to 3600 (default 1)\n"
	"  --doors PORT  a Modbus-TCP door for each RTU bus, also behind a serial\n"
	"                server, at 127.0.0.1:PORT and the ports after it; a\n"
	"                TCP bus is its own door\n"
	"Through a door any Modbus client may write (FC 5, 6, 15, 16): holding\n"
	"register or coil n of a unit is pinned to the value, and so is input\n"
	"register or discrete input n.  Unit 255, register u sets unit u:\n"
	"  0 normal, 1 silent, 2 late, 3 frozen, 4 unpin all\n"
	"and, each with 1, 2 or 3 added to it as above,\n"
	"  of a meter: its supply, and that of all that hangs on it (fed_by), is\n"
	"  10 cut; it and the lifts' boards go on by a UPS: 0 V\n"
	"  20 cut; it alone goes on (21: not even it), the boards are silent\n"
	"  30, 40, 50 without phase L1, L2, L3\n"
	"  of a lift: it\n"
	"  60 stops between floors with people in it, on its next ride\n"
	"  70 the same, and its controller says that somebody is trapped\n"
	"  80 stops between floors, empty\n"
	"  90 is in inspection\n"
	"  100 is locked out by its safety chain, at a landing\n"
	"  110 lives on, but does not restart after a cut\n"
	"  120 carries people all the time; 130 is called by nobody\n"
	"Another number ends it the way it would in life: supply back, a lift\n"
	"restarts after 10 to 40 s, goes to the nearest landing and opens.  Read,\n"
	"the register says what is staged.\n"},
    {"demo", command_demo, "[--size s|m|l] [--seconds N]",
	"a simulated estate, a broker and the gateway",
	"Starts mosquitto, `riser sim` and `riser run` on free loopback ports\n"
	"in a folder of its own, says where they are, who may log in at the page,\n"
	"and what flows, until Ctrl-C or for N seconds, and leaves nothing\n"
	"running.  Beside them it prints commands that stage an alarm through\n"
	"the simulator's doors: people in a lift that stops, a transformer that\n"
	"is cut, and the end of either; `riser help sim` has what else can be\n"
	"staged.\n"},
    {"help", command_help, "[COMMAND]", "this, or more about COMMAND", ""},
    {"version", command_version, "", "which riser this is", ""},
};

#define ROW_WIDTH 49 /* of arguments */
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command *
find(const char *name)
{
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int (*command_find(const char *name))(int argc, char *argv[])
{
	const struct command *c = find(name);

	return c == NULL ? NULL : c->run;
}

/* What has many arguments is told below them. */
static void
print_row(const struct command *c, FILE *out)
{
	fprintf(out, "  riser %-8s %-*s", c->name, ROW_WIDTH, c->arguments);
	if (strlen(c->arguments) > ROW_WIDTH)
		fprintf(out, "\n%*s", ROW_WIDTH + 17, "");
	fprintf(out, " %s\n", c->does);
}

int
command_usage(const char *name, FILE *out)
{
	const struct command *c = name == NULL ? NULL : find(name);

	if (name != NULL && c == NULL)
		return usage_error(NULL, "there is no command \"%s\"", name);
	if (c != NULL) {
		fprintf(out, "usage: riser %s%s%s\n\n%s\n", c->name,
		    c->arguments[0] != '\0' ? " " : "", c->arguments, c->does);
		if (c->more[0] != '\0')
			fprintf(out, "\n%s", c->more);
		return EXIT_DONE;
	}
	fprintf(out,
	    "riser asks the devices of an estate over Modbus and delivers "
	    "what\n"
	    "they say over MQTT and to InfluxDB.  It never writes to a "
	    "device.\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		print_row(&commands[i], out);
	fprintf(out,
	    "\nEnds with 0: done; 1: what was asked for is wrong (a mistake in "
	    "the\nconfiguration, a name nobody knows, a value out of range), "
	    "or not true;\n2: usage (a command or option that is not there, an "
	    "option without its\nvalue or its companion, an argument too few or "
	    "too many); 3: it failed.\n"
	    "\nMore about one: riser help COMMAND\n");
	return EXIT_DONE;
}

int
usage_error(const char *name, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("riser: ", stderr);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (name != NULL)
		fprintf(stderr, "\nusage: riser %s %s\n", name,
		    find(name)->arguments);
	else
		fprintf(stderr, "; `riser help` lists them all\n");
	return EXIT_USAGE;
}

int
value_error(const char *name, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "riser %s: ", name);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_WRONG;
}

/* Of letters that stand together ("-xy") getopt_long has not gone on to the
 * next argument, so that given is the one before; but it says which letter. */
int
usage_option(const char *name, int option, const char *given)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = strncmp(given, "--", 2) == 0 && strchr(given, '=');

	if (option == ':')
		return usage_error(name, "%s needs a value", given);
	return usage_error(
	    name, "unknown option %s", optopt == 0 || is_long ? given : letter);
}

int
command_help(int argc, char *argv[])
{
	if (argc > 2)
		return usage_error("help", "one command at a time");
	return command_usage(argc == 2 ? argv[1] : NULL, stdout);
}

int
command_version(int argc, char *argv[])
{
	(void)argv;
	if (argc > 1)
		return usage_error("version", "version takes no argument");
	puts("riser " RISER_VERSION);
	return EXIT_DONE;
}
