/* conf_warn.c - what is no mistake in a configuration, but will bite */
#include <stdarg.h>
#include <string.h>

#include "gateway/conf/conf.h"
#include "gateway/conf/scalar.h"

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

static void
judge_load(struct traps *t, size_t bus)
{
	const struct conf_bus *b = &t->conf->buses[bus];
	struct plan *p = conf_plan(t->conf, bus);
	double load = conf_load(t->conf, bus, p);

	plan_free(p);
	if (load > 1)
		warn(t, b->source_line,
		    "bus %s cannot keep its periods: its requests need %.0f ms "
		    "of each second (%.0f %%); ask less often, raise the baud "
		    "rate or split the bus",
		    b->id, load * 1000, load * 100);
}

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
	}
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
		judge_load(&t, i);
	}
	for (size_t i = 0; i < c->device_count; i++) {
		judge_unit(&t, i);
		judge_lacks(&t, &c->devices[i]);
		judge_formulas(&t, &c->devices[i]);
	}
	return t.count;
}
