/*
 * sim.c - an estate that is not there
 *
 * One thread, one poll.  Each bus has a field port, where the gateway asks, and
 * an RTU bus, also behind a serial server, perhaps a second one, its door.
 * Every 100 ms the estate moves on and all its values are written into the
 * units' registers: of an estate of 106 devices and 2000 points that takes 2 %
 * of a core, and a unit that is frozen is simply not written.
 */
#include "gateway/sim/sim.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/sim/estate.h"
#include "gateway/sim/port.h"

#define TICK_US 100000
#define LATE 1.5 /* times the bus's timeout: when nobody listens any more */

struct sim_bus {
	const struct conf_bus *conf;
	bool serial;
	struct port *field, *door; /* door: of a serial bus, or NULL */
	struct bank *units[PDU_UNITS]; /* NULL: no such unit */
};

struct sim {
	const struct conf *conf;
	double speed;
	struct estate *estate;
	int64_t start_us, tick_us; /* monotonic; the next tick */
	size_t bus_count, port_count;
	struct sim_bus *buses;
	struct port **ports; /* those of all buses */
	struct pollfd *fds;
};

/* ---- what can be simulated ---- */

static bool
is_pty(const struct conf_bus *b)
{
	return strcmp(b->line.scheme, "rtu") == 0;
}

/* Behind a serial server it is one, too. */
static bool
is_serial(const struct conf_bus *b)
{
	return is_pty(b) || strcmp(b->line.scheme, "rtu+tcp") == 0;
}

static int
check_bus(const struct conf_bus *b, struct err *err)
{
	if (is_pty(b))
		return 0;
	if (!is_serial(b) && strcmp(b->line.scheme, "tcp") != 0)
		return err_set(err,
		    "bus %s: %s:// cannot be simulated, only rtu://, rtu+tcp:// "
		    "and tcp://",
		    b->id, b->line.scheme);
	if (!port_is_loopback(b->line.host))
		return err_set(err,
		    "bus %s: %s is not a loopback address: a simulator listens "
		    "at 127.0.0.1 or ::1 only",
		    b->id, b->line.host);
	return 0;
}

int
sim_check(const struct conf *c, const struct sim_conf *sc, struct err *err)
{
	int serial_count = 0;

	for (size_t i = 0; i < c->bus_count; i++) {
		if (check_bus(&c->buses[i], err) == -1)
			return -1;
		serial_count += is_serial(&c->buses[i]);
	}
	for (size_t i = 0; i < c->device_count; i++)
		if (c->devices[i].unit == PDU_STAGING_UNIT)
			return err_set(err,
			    "device %s: unit %d is the simulator's own, for "
			    "staging",
			    c->devices[i].id, PDU_STAGING_UNIT);
	if (!(sc->speed >= SIM_SPEED_MIN && sc->speed <= SIM_SPEED_MAX))
		return err_set(err, "speed %g is not within %g..%g", sc->speed,
		    SIM_SPEED_MIN, SIM_SPEED_MAX);
	if (sc->door_port + serial_count > 65536)
		return err_set(err,
		    "doors from port %d on: %d buses need ports up to %d",
		    sc->door_port, serial_count,
		    sc->door_port + serial_count - 1);
	return 0;
}

/* ---- values ---- */

static void
write_point(struct bank *b, const struct conf_point *p, const struct value *v)
{
	uint16_t *words = bank_words(b, (enum driver_space)p->space);

	assert((size_t)p->address + p->count <= BANK_REGISTERS);
	if (v->type == VALUE_TEXT)
		decode_reverse_text(&p->decode, v->text, words, p->address);
	else
		decode_reverse(&p->decode, v->f, words, p->address);
}

static void
write_identity(struct bank *b, const struct conf_identity *i)
{
	uint16_t *words = bank_words(b, (enum driver_space)i->space);

	assert((size_t)i->address + i->count <= BANK_REGISTERS);
	if (i->text != NULL)
		decode_reverse_text(&i->decode, i->text, words, i->address);
	else
		decode_reverse(&i->decode, i->min, words, i->address);
}

/* The identity last: a point that reads it, too, has another text for it. */
static void
write_device(struct sim *s, size_t device, struct bank *b)
{
	const struct conf_device *d = &s->conf->devices[device];
	struct value v;

	for (size_t i = 0; i < d->polled_count; i++) {
		estate_value(s->estate, device, i, &v);
		write_point(b, &d->points[i], &v);
	}
	if (d->profile->identity.wanted)
		write_identity(b, &d->profile->identity);
}

static struct bank *
bank_of(const struct sim *s, size_t device)
{
	const struct conf_device *d = &s->conf->devices[device];

	return s->buses[d->bus].units[d->unit];
}

static void
stage_all(struct sim *s)
{
	for (size_t i = 0; i < s->conf->device_count; i++)
		estate_stage(s->estate, i, bank_stage(bank_of(s, i)));
}

static void
write_values(struct sim *s)
{
	for (size_t i = 0; i < s->conf->device_count; i++) {
		struct bank *b = bank_of(s, i);

		bank_set_dark(b, estate_is_dark(s->estate, i));
		if (bank_mood(b) != BANK_FROZEN)
			write_device(s, i, b);
	}
}

static void
tick(struct sim *s, int64_t now_us)
{
	double elapsed_ms = (double)(now_us - s->start_us) / 1000 * s->speed;

	if (now_us < s->tick_us)
		return;
	s->tick_us = now_us + TICK_US;
	stage_all(s);
	estate_advance(s->estate, (int64_t)elapsed_ms);
	write_values(s);
}

/* ---- answers ---- */

static bool
is_read(uint8_t function)
{
	return function >= 1 && function <= 4;
}

/* Both write f's reply over it.  False: no answer.  Where the door is the field
 * side too, only reads are held back, so that staging goes on. */
static bool
answer_tcp(struct sim_bus *b, struct frame *f)
{
	struct bank *unit = b->units[f->unit];
	struct pdu q;
	enum pdu_exception why = pdu_parse(f->pdu, f->len, &q);

	if (unit == NULL && f->unit != PDU_STAGING_UNIT)
		why = PDU_NO_UNIT;
	else if (!b->serial && unit != NULL && is_read(q.function) &&
	    bank_is_silent(unit))
		return false;
	if (why != PDU_OK)
		f->len = pdu_refuse(&q, why, f->pdu);
	else if (f->unit == PDU_STAGING_UNIT)
		f->len = pdu_stage(&q, b->units, f->pdu);
	else
		f->len = pdu_serve(&q, unit, f->pdu);
	return true;
}

static bool
answer_serial(struct sim_bus *b, struct frame *f)
{
	struct bank *unit = b->units[f->unit];
	struct pdu q;
	enum pdu_exception why = pdu_parse(f->pdu, f->len, &q);

	if (unit == NULL || bank_is_silent(unit))
		return false;
	if (q.write)
		why = PDU_FUNCTION;
	f->len = why != PDU_OK ? pdu_refuse(&q, why, f->pdu)
			       : pdu_serve(&q, unit, f->pdu);
	return true;
}

/* How much later than usual the reply f goes out on the field side. */
static int64_t
lateness_us(const struct sim_bus *b, const struct frame *f)
{
	const struct bank *unit = b->units[f->unit];

	if (unit == NULL || bank_mood(unit) != BANK_LATE)
		return 0;
	if (!b->serial && !is_read(f->pdu[0] & 0x7f))
		return 0;
	return (int64_t)(b->conf->line.timeout_ms * LATE * 1000);
}

static void
serve_field(struct sim_bus *b, int64_t now_us)
{
	struct client *from;
	struct frame f;

	while (port_take(b->field, &f, &from, now_us)) {
		bool answered =
		    b->serial ? answer_serial(b, &f) : answer_tcp(b, &f);

		if (answered)
			port_give(
			    b->field, from, &f, lateness_us(b, &f), now_us);
	}
}

static void
serve_door(struct sim_bus *b, int64_t now_us)
{
	struct client *from;
	struct frame f;

	while (port_take(b->door, &f, &from, now_us))
		if (answer_tcp(b, &f))
			port_give(b->door, from, &f, 0, now_us);
}

/* ---- life ---- */

static int
bus_open(struct sim *s, size_t bus, int door_port, struct err *err)
{
	const struct conf_bus *conf = &s->conf->buses[bus];
	struct sim_bus *b = &s->buses[bus];
	struct err why;

	b->conf = conf;
	b->serial = is_serial(conf);
	if (is_pty(conf))
		b->field = port_serial(&conf->line, &why);
	else
		b->field = port_listen(conf->line.host, conf->line.port,
		    b->serial ? &conf->line : NULL, &why);
	if (b->field == NULL)
		return err_set(err, "bus %s: %.900s", conf->id, why.text);
	s->ports[s->port_count++] = b->field;
	if (!b->serial || door_port == 0)
		return 0;
	b->door = port_listen("127.0.0.1", (uint16_t)door_port, NULL, &why);
	if (b->door == NULL)
		return err_set(
		    err, "door of bus %s: %.900s", conf->id, why.text);
	s->ports[s->port_count++] = b->door;
	return 0;
}

static void
make_units(struct sim *s)
{
	for (size_t i = 0; i < s->conf->device_count; i++) {
		const struct conf_device *d = &s->conf->devices[i];
		struct bank **unit = &s->buses[d->bus].units[d->unit];

		if (*unit == NULL)
			*unit = bank_new();
		bank_let(*unit, estate_stages(s->estate, i));
	}
}

struct sim *
sim_open(const struct conf *c, const struct sim_conf *sc, struct err *err)
{
	struct sim *s;
	int door_port = sc->door_port;

	if (sim_check(c, sc, err) == -1)
		return NULL;
	s = must_alloc(1, sizeof(*s));
	s->conf = c;
	s->speed = sc->speed;
	s->estate = estate_new(c, sc->seed, sc->day_ms);
	s->buses = must_alloc(c->bus_count, sizeof(*s->buses));
	s->bus_count = c->bus_count;
	s->ports = must_alloc(2 * c->bus_count, sizeof(struct port *));
	s->fds = must_alloc(2 * c->bus_count * PORT_FDS_MAX, sizeof(*s->fds));
	make_units(s);
	for (size_t i = 0; i < c->bus_count; i++) {
		if (bus_open(s, i, door_port, err) == -1) {
			sim_close(s);
			return NULL;
		}
		door_port += s->buses[i].door != NULL;
	}
	s->start_us = s->tick_us = clock_mono_us();
	tick(s, s->start_us);
	return s;
}

void
sim_close(struct sim *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->bus_count; i++) {
		port_close(s->buses[i].field);
		port_close(s->buses[i].door);
		for (size_t u = 0; u < PDU_UNITS; u++)
			bank_free(s->buses[i].units[u]);
	}
	estate_free(s->estate);
	free(s->buses);
	free(s->ports);
	free(s->fds);
	free(s);
}

static void
wait_for(struct pollfd *fds, size_t count, int64_t us)
{
	struct timespec left = {0, 0};

	if (us > 0)
		left = (struct timespec){us / 1000000, us % 1000000 * 1000};
	if (ppoll(fds, count, &left, NULL) == -1)
		for (size_t i = 0; i < count; i++)
			fds[i].revents = 0; /* a signal: nothing was heard */
}

void
sim_turn(struct sim *s, int64_t until_ms)
{
	int64_t now_us = clock_mono_us(), until_us = s->tick_us;
	size_t fd_count = 0;

	if (until_ms < until_us / 1000)
		until_us = until_ms * 1000;
	for (size_t i = 0; i < s->port_count; i++)
		fd_count =
		    port_wish(s->ports[i], s->fds, fd_count, now_us, &until_us);
	wait_for(s->fds, fd_count, until_us - now_us);
	now_us = clock_mono_us();
	tick(s, now_us);
	for (size_t i = 0; i < s->port_count; i++)
		port_turn(s->ports[i], s->fds, now_us);
	for (size_t i = 0; i < s->bus_count; i++) {
		serve_field(&s->buses[i], now_us);
		if (s->buses[i].door != NULL)
			serve_door(&s->buses[i], now_us);
	}
}

void
sim_print(const struct sim *s, FILE *out)
{
	for (size_t i = 0; i < s->bus_count; i++) {
		const struct sim_bus *b = &s->buses[i];

		fprintf(out, "bus %s: %s", b->conf->id, port_where(b->field));
		if (b->door != NULL)
			fprintf(out, ", door %s", port_where(b->door));
		else if (!b->serial)
			fprintf(out, ", its own door");
		fputc('\n', out);
	}
}
