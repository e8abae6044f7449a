/*
 * plan.c - riser plan: what each bus will be asked
 *
 * Opens no bus.  All times are the wire's own: how long a device takes to
 * answer nobody knows before it was asked; only the picture takes it to be
 * PLAN_TURNAROUND_US.
 */
#include <getopt.h>
#include <stdio.h>

#include "gateway/base/json.h"
#include "gateway/commands/commands.h"
#include "gateway/commands/show.h"
#include "gateway/commands/table.h"
#include "gateway/commands/wire.h"
#include "gateway/conf/point.h"
#include "gateway/conf/scalar.h"

struct totals {
	size_t points, requests, bytes;
};

/* ---- for people ---- */

static const struct table_column columns[] = {{"FC", true}, {"space", false},
    {"address", true}, {"count", true}, {"every", true}, {"bytes", true},
    {"on the wire", true}};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static void
print_address(struct table *t, const struct conf_device *d, uint16_t address)
{
	unsigned base = d->profile->address_base;

	if (base == 0)
		table_cell(t, "%u", address);
	else
		table_cell(t, "%u (%u)", address, address + base);
}

static void
print_points(struct table *t, const struct conf_device *d, const struct plan *p,
    const struct plan_request *q)
{
	struct buf names = {0};

	if (q->identity)
		buf_puts(&names, "which model it is");
	for (uint32_t i = 0; i < q->part_count; i++)
		buf_printf(&names, "%s%s", i > 0 ? ", " : "",
		    d->points[p->parts[q->part_first + i].point].name);
	table_note(t, "%s", names.data);
	buf_free(&names);
}

static void
print_request(struct table *t, const struct conf *c, const struct plan *p,
    const struct plan_request *q)
{
	const struct conf_device *d = &c->devices[q->device];
	const struct conf_bus *b = &c->buses[d->bus];
	struct driver_frames f = b->driver->frames(&b->line, &q->ask);
	char every[24], took[SHOW_TIME_TEXT];

	table_cell(t, "%u", f.function);
	table_cell(t, "%s", point_spaces[q->ask.space]);
	print_address(t, d, q->ask.address);
	table_cell(t, "%u", q->ask.count);
	table_cell(t, "%s", scalar_duration_text(q->every_ms, every));
	table_cell(t, "%u + %u", f.question_bytes, f.answer_bytes);
	table_cell(
	    t, "%s", show_time(b->driver->cost_us(&b->line, &q->ask), took));
	print_points(t, d, p, q);
}

static void
print_requests(const struct conf *c, const struct plan *p)
{
	struct table *t = table_new(columns, COLUMN_COUNT);

	for (size_t i = 0; i < p->request_count; i++) {
		const struct plan_request *q = &p->requests[i];
		const struct conf_device *d = &c->devices[q->device];

		if (i == 0 || q->device != q[-1].device)
			table_line(t, "unit %u: %s %s (%s)", d->unit, d->id,
			    show_name(d), d->profile->name);
		print_request(t, c, p, q);
	}
	if (p->request_count > 0)
		table_print(t, stdout);
	table_free(t);
}

static void
print_bus(const struct conf *c, size_t bus, const struct plan *p,
    const struct show_wire *w)
{
	const struct conf_bus *b = &c->buses[bus];
	char pass[SHOW_TIME_TEXT];

	printf("bus %s: %s", b->id, b->url);
	if (b->line.baud != 0)
		printf(", %u 8%c%u", b->line.baud, b->line.parity,
		    b->line.stop_bits);
	printf("\n");
	print_requests(c, p);
	printf("devices %zu, points %zu, requests %zu; a pass is %zu bytes and "
	       "takes the wire %s at least\n",
	    p->slot_count, p->part_count, p->request_count,
	    w->question_bytes + w->answer_bytes, show_time(w->pass_us, pass));
	printf("load %.1f %% of the wire's time%s\n", w->load * 100,
	    w->load > 1 ? ": it cannot keep its periods" : "");
	wire_print(c, bus, p);
	printf("\n");
}

/* ---- for programs ---- */

static void
add_request(struct json *j, const struct conf *c, const struct plan *p,
    const struct plan_request *q)
{
	const struct conf_device *d = &c->devices[q->device];
	const struct conf_bus *b = &c->buses[d->bus];
	struct driver_frames f = b->driver->frames(&b->line, &q->ask);

	json_open(j);
	json_key_string(j, "device", d->id);
	json_key_i64(j, "unit", q->ask.unit);
	json_key_i64(j, "function", f.function);
	json_key_string(j, "space", point_spaces[q->ask.space]);
	json_key_i64(j, "address", q->ask.address);
	json_key_i64(j, "address_base", d->profile->address_base);
	json_key_i64(j, "count", q->ask.count);
	json_key_bool(j, "identity", q->identity);
	json_key(j, "points");
	json_list(j);
	for (uint32_t i = 0; i < q->part_count; i++)
		json_text(j, d->points[p->parts[q->part_first + i].point].name);
	json_end(j);
	json_key_i64(j, "every_ms", q->every_ms);
	json_key_i64(j, "question_bytes", f.question_bytes);
	json_key_i64(j, "answer_bytes", f.answer_bytes);
	json_key_i64(j, "wire_us", b->driver->cost_us(&b->line, &q->ask));
	json_end(j);
}

static void
add_bus(struct json *j, const struct conf *c, size_t bus, const struct plan *p,
    const struct show_wire *w)
{
	const struct conf_bus *b = &c->buses[bus];

	json_open(j);
	json_key_string(j, "id", b->id);
	json_key_string(j, "url", b->url);
	json_key_i64(j, "devices", (int64_t)p->slot_count);
	json_key_i64(j, "points", (int64_t)p->part_count);
	json_key(j, "requests");
	json_list(j);
	for (size_t i = 0; i < p->request_count; i++)
		add_request(j, c, p, &p->requests[i]);
	json_end(j);
	json_key_i64(j, "pass_question_bytes", (int64_t)w->question_bytes);
	json_key_i64(j, "pass_answer_bytes", (int64_t)w->answer_bytes);
	json_key_i64(j, "pass_us", w->pass_us);
	json_key(j, "load");
	json_f64(j, w->load);
	json_end(j);
}

/* ---- all of it ---- */

/* With j NULL for people. */
static void
show_buses(struct json *j, const struct conf *c, struct totals *t)
{
	for (size_t i = 0; i < c->bus_count; i++) {
		struct plan *p = conf_plan(c, i);
		struct show_wire w = show_wire(c, i, p);

		if (j != NULL)
			add_bus(j, c, i, p, &w);
		else
			print_bus(c, i, p, &w);
		t->points += p->part_count;
		t->requests += p->request_count;
		t->bytes += w.question_bytes + w.answer_bytes;
		plan_free(p);
	}
}

static void
print_plan(const struct conf *c)
{
	struct totals t = {0};

	show_buses(NULL, c, &t);
	printf("site %s: buses %zu, devices %zu, points %zu, requests %zu, "
	       "%zu bytes a pass\n",
	    c->site.id, c->bus_count, c->device_count, t.points, t.requests,
	    t.bytes);
}

static void
print_json(const struct conf *c)
{
	struct buf out = {0};
	struct json j = {.out = &out};
	struct totals t = {0};

	json_open(&j);
	json_key_string(&j, "site", c->site.id);
	json_key(&j, "buses");
	json_list(&j);
	show_buses(&j, c, &t);
	json_end(&j);
	json_key_i64(&j, "devices", (int64_t)c->device_count);
	json_key_i64(&j, "points", (int64_t)t.points);
	json_key_i64(&j, "requests", (int64_t)t.requests);
	json_key_i64(&j, "pass_bytes", (int64_t)t.bytes);
	json_end(&j);
	puts(out.data);
	buf_free(&out);
}

int
command_plan(int argc, char *argv[])
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *file = NULL;
	bool as_json = false;
	struct conf *c;
	int option;

	while (
	    (option = getopt_long(argc, argv, "+:c:", options, NULL)) != -1) {
		if (option == 'c')
			file = optarg;
		else if (option == 'j')
			as_json = true;
		else
			return usage_option("plan", option, argv[optind - 1]);
	}
	if (file == NULL || optind != argc)
		return usage_error("plan", "say which configuration: -c FILE");
	c = conf_read(file, stderr);
	if (c == NULL)
		return EXIT_WRONG;
	if (as_json)
		print_json(c);
	else
		print_plan(c);
	conf_free(c);
	return EXIT_DONE;
}
