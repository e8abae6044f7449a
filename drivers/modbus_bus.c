/* modbus_bus.c - see modbus_bus.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/modbus_bus.h"
#include "drivers/modbus_wait.h"

/* After that no answer comes any more, by experience: slaves and transparent
 * radio or serial servers were seen to be late by five timeouts, and a short
 * timeout says nothing of the device's patience. */
#define HOLD_MIN_MS 2000
#define HOLD_TIMEOUTS 6

#define LATE_VARIES_US 50000 /* one is about as late as the last */
#define LISTEN_TIMEOUTS 2
#define HITS_NEEDED_MAX 127

#define OPEN_BYTES (MODBUS_BUS_UNITS * sizeof(struct modbus_bus_open))

/* Pages of its own: on most lines nobody is ever late, and then they are none.
 */
bool
modbus_bus_init(struct modbus_bus *b, const struct driver_line *line)
{
	void *open = mmap(NULL, OPEN_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (open == MAP_FAILED)
		return false;
	*b = (struct modbus_bus){.line = *line, .open = open};
	return true;
}

void
modbus_bus_end(struct modbus_bus *b)
{
	munmap(b->open, OPEN_BYTES);
}

static int64_t
now_ms(void)
{
	return modbus_wait_now_us() / 1000;
}

static int64_t
hold_end_ms(const struct modbus_bus *b)
{
	int64_t ms = (int64_t)b->line.timeout_ms * HOLD_TIMEOUTS;

	return now_ms() + (ms > HOLD_MIN_MS ? ms : HOLD_MIN_MS);
}

void
modbus_bus_why(struct modbus_bus *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->why, sizeof(b->why), fmt, ap);
	va_end(ap);
}

void
modbus_bus_why_line(struct modbus_bus *b, const char *what)
{
	const struct driver_line *line = &b->line;
	bool v6 = strchr(line->host, ':') != NULL;

	if (line->path[0] != '\0')
		modbus_bus_why(b, "%s: %s", line->path, what);
	else
		modbus_bus_why(b, "%s%s%s:%u: %s", v6 ? "[" : "", line->host,
		    v6 ? "]" : "", line->port, what);
}

/* Its last late answer was never seen. */
static void
forget_late(struct modbus_bus_open *o)
{
	o->late_us = 0;
	if (o->listened && o->hits_needed < HITS_NEEDED_MAX)
		o->hits_needed = (uint8_t)(2 * o->hits_needed + 1);
}

void
modbus_bus_hold(struct modbus_bus *b, const struct modbus_question *q)
{
	struct modbus_bus_open *o = &b->open[q->request.unit];

	if (o->until_ms != 0)
		forget_late(o);
	b->open_until_ms = hold_end_ms(b);
	o->until_ms = b->open_until_ms;
	o->asked_us = b->asked_us;
	o->function = q->bytes[1];
	o->byte_count = q->byte_count;
	o->listened = o->late_us == 0 && o->hits > o->hits_needed;
	if (!o->listened)
		return;
	o->hits = 0;
	b->expect_until_ms =
	    now_ms() + (int64_t)b->line.timeout_ms * LISTEN_TIMEOUTS;
}

void
modbus_bus_hit(struct modbus_bus *b)
{
	int64_t now = now_ms();

	if (b->open_until_ms <= now)
		return;
	for (int unit = 0; unit < MODBUS_BUS_UNITS; unit++)
		if (b->open[unit].until_ms > now &&
		    b->open[unit].hits <= HITS_NEEDED_MAX)
			b->open[unit].hits++;
}

void
modbus_bus_hold_all(struct modbus_bus *b)
{
	b->all_until_ms = hold_end_ms(b);
}

void
modbus_bus_let_all_go(struct modbus_bus *b)
{
	b->all_until_ms = 0;
	b->talk_until_ms = 0;
	b->expect_until_ms = 0;
}

void
modbus_bus_hush(struct modbus_bus *b, int64_t until_ms)
{
	b->talk_until_ms = until_ms;
}

static int64_t
answer_us(const struct modbus_bus *b, const struct modbus_bus_open *o)
{
	return (MODBUS_FRAME_RTU_AROUND + o->byte_count) * b->char_us;
}

bool
modbus_bus_expects(struct modbus_bus *b, int64_t from_us, int64_t until_us)
{
	if (b->open_until_ms <= from_us / 1000)
		return false; /* as nearly always */
	for (int unit = 0; unit < MODBUS_BUS_UNITS; unit++) {
		const struct modbus_bus_open *o = &b->open[unit];
		int64_t begin_us = o->asked_us + o->late_us - LATE_VARIES_US;
		int64_t end_us =
		    begin_us + answer_us(b, o) + 2 * LATE_VARIES_US;

		if (o->late_us != 0 && o->until_ms > from_us / 1000 &&
		    from_us < end_us && until_us > begin_us) {
			b->expect_until_ms = end_us / 1000;
			return true;
		}
	}
	return false;
}

/* It is seen, and so the next one will be expected after as long. */
static void
note_late(struct modbus_bus *b, struct modbus_bus_open *o)
{
	o->late_us = modbus_wait_now_us() - answer_us(b, o) - o->asked_us;
	o->hits_needed = 0;
	b->expect_until_ms = 0;
}

/* Only the answer to the open question frees the unit: it had one question,
 * so nothing is on its way after that.  An exception (no data) teaches nothing:
 * it is short enough for noise to make one up, and some devices send "busy"
 * first. */
bool
modbus_bus_seen(struct modbus_bus *b, const struct modbus_frame *f)
{
	struct modbus_bus_open *o = &b->open[f->unit];

	if (f->function != o->function || f->byte_count != o->byte_count ||
	    now_ms() >= o->until_ms)
		return false;
	o->until_ms = 0;
	if (o->asked_us != 0)
		note_late(b, o);
	return modbus_bus_ready_at(b, f->unit) == 0;
}

/* The unit's own time and everybody's; it may be over. */
static int64_t
held_until_ms(const struct modbus_bus *b, int unit)
{
	int64_t at = b->open[unit].until_ms;

	if (at < b->all_until_ms)
		at = b->all_until_ms;
	if (at < b->talk_until_ms)
		at = b->talk_until_ms;
	return at > b->expect_until_ms ? at : b->expect_until_ms;
}

int64_t
modbus_bus_ready_at(const struct modbus_bus *b, uint8_t unit)
{
	int64_t at = held_until_ms(b, unit);

	return at > now_ms() ? at : 0;
}

int64_t
modbus_bus_next_ready_at(const struct modbus_bus *b)
{
	int64_t now = now_ms(), next = INT64_MAX;

	if (b->open_until_ms <= now && b->all_until_ms <= now &&
	    b->talk_until_ms <= now && b->expect_until_ms <= now)
		return next; /* as nearly always */
	for (int unit = 0; unit < MODBUS_BUS_UNITS; unit++) {
		int64_t at = held_until_ms(b, unit);

		if (at > now && at < next)
			next = at;
	}
	return next;
}
