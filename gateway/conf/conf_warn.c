/* conf_warn.c - what is no mistake in a configuration, but will bite */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/arena.h"
#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/conf/conf.h"
#include "gateway/conf/point.h"
#include "gateway/conf/scalar.h"
#include "gateway/sinks/letter.h"
#include "gateway/web/users.h"

#define CERT_SOON_MS (INT64_C(14) * 24 * 3600 * 1000)

struct traps {
	const struct conf *conf;
	FILE *out;
	int count;
};

static void __attribute__((format(printf, 3, 4)))
warn(struct traps *t, int line, const char *fmt, ...)
{
	va_list args;

	fprintf(t->out, "%s:%d: warning: ", t->conf->file, line);
	va_start(args, fmt);
	vfprintf(t->out, fmt, args);
	va_end(args);
	fputc('\n', t->out);
	t->count++;
}

/* The kernel numbers adapters in the order in which it finds them. */
static void
judge_name(struct traps *t, const struct conf_bus *b)
{
	static const char *const numbered[] = {"/dev/ttyUSB", "/dev/ttyACM"};

	for (size_t i = 0; i < sizeof(numbered) / sizeof(*numbered); i++)
		if (strncmp(b->line.path, numbered[i], strlen(numbered[i])) ==
		    0)
			warn(t, b->source_line,
			    "bus %s: %s can be another adapter after a reboot; "
			    "use its name in /dev/serial/by-id/",
			    b->id, b->line.path);
}

static bool
same_port(const struct driver_line *a, const struct driver_line *b)
{
	return strcmp(a->path, b->path) == 0 && strcmp(a->host, b->host) == 0 &&
	    a->port == b->port;
}

/* Each is compared with those before it, and told once. */
static void
judge_port(struct traps *t, size_t bus)
{
	const struct conf_bus *b = t->conf->buses;

	for (size_t i = 0; i < bus; i++) {
		if (!same_port(&b[i].line, &b[bus].line))
			continue;
		warn(t, b[bus].source_line,
		    "buses %s and %s are the same port, and will disturb each "
		    "other; make them one bus",
		    b[i].id, b[bus].id);
		return;
	}
}

/* ---- a bus that cannot keep its periods ---- */

#define HEAVY_LOAD 0.8 /* of the wire's time, the devices' own included */
#define HEAVIEST 3 /* requests named */

struct share {
	const struct plan_request *request;
	double load;
};

static int
by_load(const void *pa, const void *pb)
{
	const struct share *a = pa, *b = pb;

	return a->load > b->load ? -1 : a->load < b->load;
}

/* "lift-1 holding 0-40 (floor, door and 12 more) 31 %" */
static void
name_share(struct buf *out, const struct conf *c, const struct plan *p,
    const struct share *s)
{
	const struct plan_request *q = s->request;
	const struct conf_device *d = &c->devices[q->device];

	buf_printf(out, "%s %s %u-%u", d->id, point_spaces[q->ask.space],
	    q->ask.address, q->ask.address + q->ask.count - 1);
	for (uint32_t i = 0; i < q->part_count && i < 2; i++)
		buf_printf(out, "%s%s", i == 0 ? " (" : ", ",
		    d->points[p->parts[q->part_first + i].point].name);
	if (q->part_count > 2)
		buf_printf(out, " and %u more", q->part_count - 2);
	buf_printf(
	    out, "%s %.0f %%", q->part_count > 0 ? ")" : "", 100 * s->load);
}

static void
judge_load(struct traps *t, const struct conf_bus *b, const struct plan *p)
{
	struct share *shares = must_alloc(p->request_count, sizeof(*shares));
	int64_t pass_us = 0;
	double load = 0;
	struct buf most = {0};

	for (size_t i = 0; i < p->request_count; i++) {
		const struct plan_request *q = &p->requests[i];
		int64_t us =
		    b->driver->cost_us(&b->line, &q->ask) + PLAN_TURNAROUND_US;

		shares[i].request = q;
		shares[i].load = (double)us / (1000.0 * q->every_ms);
		load += shares[i].load;
		pass_us += us;
	}
	if (p->request_count > 0)
		qsort(shares, p->request_count, sizeof(*shares), by_load);
	for (size_t i = 0; i < p->request_count && i < HEAVIEST; i++) {
		buf_puts(&most, i > 0 ? ", " : "");
		name_share(&most, t->conf, p, &shares[i]);
	}
	if (load > HEAVY_LOAD)
		warn(t, b->source_line,
		    "bus %s %s: to ask everything once takes %.2f s, and at "
		    "the periods asked for %.0f %% of its time, if devices "
		    "answer within %d ms; most take %s; ask less often, raise "
		    "the baud rate or split the bus",
		    b->id,
		    load > 1 ? "cannot keep its periods"
			     : "will hardly keep its periods",
		    (double)pass_us / 1e6, load * 100,
		    PLAN_TURNAROUND_US / 1000, most.data);
	buf_free(&most);
	free(shares);
}

/* A device that wants a pause after each question is the limit itself, however
 * fast its bus. */
static void
judge_pause(
    struct traps *t, const struct conf_bus *b, const struct plan *p, size_t s)
{
	const struct plan_slot *slot = &p->slots[s];
	const struct conf_device *d = &t->conf->devices[slot->device];
	size_t count = 0;
	double pass_ms = 0, load = 0;

	for (size_t i = 0; i < p->request_count; i++) {
		const struct plan_request *q = &p->requests[i];
		double ms = slot->min_gap_ms +
		    (double)(b->driver->cost_us(&b->line, &q->ask) +
			PLAN_TURNAROUND_US) /
			1e3;

		if (q->slot != s)
			continue;
		count++;
		pass_ms += ms;
		load += ms / q->every_ms;
	}
	if (slot->min_gap_ms > 0 && load > 1)
		warn(t, d->source_line,
		    "%s cannot keep its periods: its %zu requests take %.2f s, "
		    "for it wants a pause of %u ms after each "
		    "(min_gap_time of %s), and at the periods asked for "
		    "%.0f %% of the time; ask less often",
		    d->id, count, pass_ms / 1e3, slot->min_gap_ms,
		    d->profile->name, load * 100);
}

static void
judge_periods(struct traps *t, size_t bus)
{
	const struct conf_bus *b = &t->conf->buses[bus];
	struct plan *p = conf_plan(t->conf, bus);

	judge_load(t, b, p);
	for (size_t s = 0; s < p->slot_count; s++)
		judge_pause(t, b, p, s);
	plan_free(p);
}

/* ---- devices ---- */

static void
judge_unit(struct traps *t, size_t device)
{
	const struct conf_device *d = t->conf->devices;

	for (size_t i = 0; i < device; i++) {
		if (d[i].bus != d[device].bus || d[i].unit != d[device].unit)
			continue;
		warn(t, d[device].source_line,
		    "devices %s and %s have the same unit %u on bus %s, and "
		    "will answer each other's questions unless they are one",
		    d[i].id, d[device].id, d[i].unit,
		    t->conf->buses[d[i].bus].id);
		return;
	}
}

/* What is not computed or watched, for want of a rating or the floors. */
static void
judge_lacks(struct traps *t, const struct conf_device *d)
{
	for (size_t i = 0; i < d->lack_count; i++)
		warn(t, d->source_line, "%s: %s", d->id, d->lacks[i]);
}

/* The temperature controller of a transformer is of its kind, too. */
static void
judge_feeder(struct traps *t, const struct conf_device *d)
{
	static const char voltage[] = "voltage_l";

	if (!d->feeds_lift)
		return;
	for (size_t i = 0; i < d->point_count; i++)
		if (strncmp(d->points[i].name, voltage, strlen(voltage)) == 0)
			return;
	warn(t, d->source_line,
	    "%s feeds lifts and measures no voltage: a power cut is only "
	    "suspected, when it falls silent together with one of them; "
	    "write fed_by: the meter",
	    d->id);
}

/* A rate wants two values at least half its time apart. */
static void
judge_rates(struct traps *t, const struct conf_device *d, const char *name,
    const struct expr *e)
{
	size_t count = 0;
	const struct expr_input *inputs = e ? expr_inputs(e, &count) : NULL;
	char span[24], every[24], enough[24];

	for (size_t i = 0; i < count; i++) {
		const struct conf_point *p = &d->points[inputs[i].point];
		int64_t span_ms = inputs[i].span_ms;

		if (inputs[i].kind != EXPR_RATE ||
		    2 * p->rule.every_ms <= span_ms)
			continue;
		warn(t, d->source_line,
		    "%s: %s asks for rate(%s, %s), which will often have no "
		    "value: %s is read every %s; write %s or more, or read it "
		    "more often",
		    d->id, name, p->name, scalar_duration_text(span_ms, span),
		    p->name, scalar_duration_text(p->rule.every_ms, every),
		    scalar_duration_text(2 * p->rule.every_ms, enough));
	}
}

static void
judge_formulas(struct traps *t, const struct conf_device *d)
{
	for (size_t i = d->polled_count; i < d->point_count; i++)
		judge_rates(t, d, d->points[i].name, d->points[i].derive->expr);
	for (size_t i = 0; i < d->alarm_count; i++) {
		judge_rates(t, d, d->alarms[i].name, d->alarms[i].when);
		judge_rates(t, d, d->alarms[i].name, d->alarms[i].clear);
		judge_rates(t, d, d->alarms[i].name, d->alarms[i].suppress);
		judge_rates(t, d, d->alarms[i].name, d->alarms[i].release);
	}
}

/* ---- notifications ---- */

#define SOON_MS (60 * 1000) /* nobody reads and acknowledges in less */

static bool
takes(const struct notify_channel *c, int severity, const char *kind)
{
	if (!(c->severities & (1 << severity)))
		return false;
	for (size_t i = 0; i < c->kind_count; i++)
		if (strcmp(c->kinds[i], kind) == 0)
			return true;
	return c->kind_count == 0;
}

static size_t
count_takers(const struct notify_conf *n, int severity, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < n->channel_count; i++)
		count += takes(&n->channels[i], severity, kind);
	return count;
}

static bool
is_first_of_kind(const struct notify_conf *n, size_t device)
{
	for (size_t i = 0; i < device; i++)
		if (strcmp(n->devices[i].kind, n->devices[device].kind) == 0)
			return false;
	return true;
}

/* Of which kinds of devices so many channels take the severity: " of gateway,
 * water"; "" of all.  False: of none. */
static bool
name_kinds(
    const struct notify_conf *n, int severity, size_t takers, struct buf *out)
{
	size_t found = 0, kinds = 0;

	for (size_t i = 0; i < n->device_count; i++) {
		if (!is_first_of_kind(n, i))
			continue;
		kinds++;
		if (count_takers(n, severity, n->devices[i].kind) == takers)
			buf_printf(out, "%s%s", found++ == 0 ? " of " : ", ",
			    n->devices[i].kind);
	}
	if (found == kinds)
		buf_clear(out);
	return found > 0;
}

static void
judge_takers(struct traps *t)
{
	const struct notify_conf *n = &t->conf->notify;

	for (int s = 0; alarm_severity_names[s]; s++) {
		const char *name = alarm_severity_names[s];
		struct buf none = {0}, one = {0};

		if (name_kinds(n, s, 0, &none))
			warn(t, t->conf->notify_line,
			    "nobody is told of %s%s, for no channel takes it",
			    name, none.data);
		if (s == 0 && name_kinds(n, s, 1, &one))
			warn(t, t->conf->notify_line,
			    "of %s%s only one channel is told, and while "
			    "that fails nobody is; let a second one take it",
			    name, one.data);
		buf_free(&none);
		buf_free(&one);
	}
}

static void
judge_haste(struct traps *t)
{
	const struct notify_conf *n = &t->conf->notify;
	char span[24];

	for (size_t i = 0; i < n->escalation_count; i++)
		if (n->escalations[i].after_ms < SOON_MS)
			warn(t, t->conf->notify_line,
			    "it is escalated after %s, before anybody can have "
			    "acknowledged; write 1m or more",
			    scalar_duration_text(
				n->escalations[i].after_ms, span));
	for (int s = 0; alarm_severity_names[s]; s++)
		if (n->repeat_ms[s] > 0 && n->repeat_ms[s] < SOON_MS)
			warn(t, t->conf->notify_line,
			    "%s is repeated every %s, which uses up what a "
			    "robot lets through; write 1m or more",
			    alarm_severity_names[s],
			    scalar_duration_text(n->repeat_ms[s], span));
}

static bool
is_reached(const struct notify_conf *n, const struct notify_person *p)
{
	for (size_t i = 0; i < n->channel_count; i++)
		if (letter_reaches(&n->channels[i], p))
			return true;
	return false;
}

static void
judge_people(
    struct traps *t, const char *where, const uint16_t *people, size_t count)
{
	const struct notify_conf *n = &t->conf->notify;

	for (size_t i = 0; i < count; i++)
		if (!is_reached(n, &n->people[people[i]]))
			warn(t, t->conf->notify_line,
			    "%s names %s, whom no channel reaches; write "
			    "dingtalk:, wecom:, feishu: or email: in people",
			    where, n->people[people[i]].id);
}

static void
judge_notify(struct traps *t)
{
	const struct notify_conf *n = &t->conf->notify;

	judge_takers(t);
	judge_haste(t);
	for (size_t i = 0; i < n->escalation_count; i++)
		judge_people(t, "escalate", n->escalations[i].people,
		    n->escalations[i].person_count);
	for (size_t i = 0; i < n->shift_count; i++)
		judge_people(t, n->shifts[i].id, n->shifts[i].people,
		    n->shifts[i].person_count);
	if ((n->has_quiet || n->shift_count > 0) &&
	    strcmp(t->conf->site.timezone, "UTC") == 0)
		warn(t, t->conf->notify_line,
		    "quiet hours and shifts are times of UTC; write "
		    "site.timezone, such as Asia/Shanghai");
}

/* ---- web ---- */

static const char *
day_of(int64_t ms, char text[16])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	strftime(text, 16, "%Y-%m-%d", gmtime_r(&s, &tm));
	return text;
}

static void
judge_cert(struct traps *t, const struct conf_web *web, int64_t now_ms)
{
	char day[16];

	if (web->cert_until_ms <= now_ms)
		warn(t, web->source_line,
		    "the certificate in web.cert_file expired on %s, browsers "
		    "will refuse it; renew it, then reload riser",
		    day_of(web->cert_until_ms, day));
	else if (web->cert_until_ms <= now_ms + CERT_SOON_MS)
		warn(t, web->source_line,
		    "the certificate in web.cert_file expires on %s; renew it, "
		    "then reload riser",
		    day_of(web->cert_until_ms, day));
	else if (web->cert_from_ms > now_ms)
		warn(t, web->source_line,
		    "the certificate in web.cert_file is valid from %s only; "
		    "is this machine's clock right?",
		    day_of(web->cert_from_ms, day));
}

static void
judge_users(struct traps *t, const struct conf_web *web)
{
	struct users *users = must_alloc(1, sizeof(*users));
	struct err err;
	int rc = users_read(users, web->users_file, &err);

	if (rc == -1 && errno == ENOENT)
		warn(t, web->source_line,
		    "%s is not there yet, so nobody can log in; make it: riser "
		    "passwd -c %s USER --role duty",
		    web->users_file, t->conf->file);
	else if (rc == -1)
		warn(t, web->source_line, "nobody can log in: %s", err.text);
	else if (users->count == 0)
		warn(t, web->source_line,
		    "%s has no users, so nobody can log in: riser passwd -c %s "
		    "USER --role duty",
		    web->users_file, t->conf->file);
	explicit_bzero(users, sizeof(*users));
	free(users);
}

int
conf_warn(const struct conf *c, FILE *out)
{
	struct traps t = {.conf = c, .out = out};

	if (c->device_count == 0)
		warn(&t, 1, "no devices, so there is nothing to read");
	for (size_t i = 0; i < c->bus_count; i++) {
		judge_name(&t, &c->buses[i]);
		judge_port(&t, i);
		judge_periods(&t, i);
	}
	for (size_t i = 0; i < c->device_count; i++) {
		judge_unit(&t, i);
		judge_lacks(&t, &c->devices[i]);
		judge_feeder(&t, &c->devices[i]);
		judge_formulas(&t, &c->devices[i]);
	}
	if (c->has_notify)
		judge_notify(&t);
	if (c->web.cert != NULL)
		judge_cert(&t, &c->web, clock_wall_ms());
	if (c->web.users_file != NULL)
		judge_users(&t, &c->web);
	return t.count;
}
