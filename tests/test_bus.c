/* test_bus.c - what a bus reports, with a driver that says what the test wants:
 * one that waits, on a thread of the bus's own, and one that does not */
#include <check.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/base/clock.h"
#include "gateway/base/stats.h"
#include "gateway/poll/bus.h"
#include "tests/suite.h"

#define WAIT_MS 5000 /* for what must come; it comes within milliseconds */

/* ---- the driver ---- */

static _Atomic int verdicts[3]; /* by unit: what the next questions bring */
static _Atomic int failures_left[3]; /* by unit: then OK again; -1 for ever */
static atomic_int asked[3];
static atomic_int spared; /* questions before those, of any unit */
static atomic_int block_ms;
static atomic_int exception; /* of DRIVER_EXCEPTION */
static atomic_int refused; /* an address that no device knows; -1: none */
static atomic_int unknown; /* a space that no device knows; -1: none */
static atomic_int unknown_asked;
static atomic_int busy; /* one for which it never has time; -1: none */

struct driver_link {
	struct driver_request question; /* in hand */
	int64_t until_us; /* that of its answer */
};

static struct driver_link *
fake_open(const struct driver_line *line, char *why, size_t why_size)
{
	(void)line;
	(void)why;
	(void)why_size;
	return must_alloc(1, sizeof(struct driver_link));
}

static void
fake_close(struct driver_link *l)
{
	free(l);
}

/* Added to every word that is answered. */
static atomic_int shift;

static bool
is_asked(const struct driver_request *q, atomic_int *address)
{
	return atomic_load(address) >= q->address &&
	    atomic_load(address) < q->address + q->count;
}

static enum driver_verdict
answer(const struct driver_request *q, struct driver_reply *r)
{
	for (uint16_t i = 0; i < q->count; i++)
		r->words[i] = (uint16_t)(q->address + i + shift);
	r->word_count = q->count;
	r->exception = (uint8_t)atomic_load(&exception);
	if (q->space == atomic_load(&unknown)) {
		r->exception = 1;
		atomic_fetch_add(&unknown_asked, 1);
		return DRIVER_EXCEPTION;
	}
	if (is_asked(q, &refused) || is_asked(q, &busy)) {
		r->exception = is_asked(q, &refused) ? 2 : 6;
		return DRIVER_EXCEPTION;
	}
	if (atomic_load(&spared) > 0 && atomic_fetch_sub(&spared, 1) > 0)
		return DRIVER_OK;
	if (atomic_load(&failures_left[q->unit]) == 0)
		return DRIVER_OK;
	if (atomic_load(&failures_left[q->unit]) > 0)
		atomic_fetch_sub(&failures_left[q->unit], 1);
	return (enum driver_verdict)atomic_load(&verdicts[q->unit]);
}

static enum driver_verdict
fake_ask(struct driver_link *l, const struct driver_request *q,
    struct driver_reply *r)
{
	(void)l;
	atomic_fetch_add(&asked[q->unit], 1);
	if (atomic_load(&block_ms) > 0)
		poll(NULL, 0, atomic_load(&block_ms));
	return answer(q, r);
}

/* The same in steps. */
static enum driver_verdict
fake_begin(struct driver_link *l, const struct driver_request *q,
    struct driver_reply *r)
{
	(void)r;
	ck_assert_uint_eq(l->question.count, 0);
	l->question = *q;
	l->until_us = clock_mono_us() + (int64_t)atomic_load(&block_ms) * 1000;
	atomic_fetch_add(&asked[q->unit], 1);
	return DRIVER_ASKED;
}

static enum driver_verdict
fake_hear(struct driver_link *l, struct driver_reply *r)
{
	struct driver_request q = l->question;

	ck_assert_uint_gt(q.count, 0);
	if (clock_mono_us() < l->until_us)
		return DRIVER_ASKED;
	l->question.count = 0;
	return answer(&q, r);
}

static void
fake_awaits(const struct driver_link *l, struct driver_wait *w)
{
	*w = (struct driver_wait){.fd = -1,
	    .until_us = l->question.count > 0 ? l->until_us : INT64_MAX};
}

static bool
fake_hears(const struct driver_line *line)
{
	(void)line;
	return true;
}

static int64_t
fake_ready_at(const struct driver_link *l, uint8_t unit)
{
	(void)l;
	(void)unit;
	return 0;
}

static void
fake_listen(struct driver_link *l, int64_t until_ms)
{
	(void)l;
	clock_sleep_until_us(until_ms * 1000);
}

static const char *
fake_why(const struct driver_link *l)
{
	(void)l;
	return "because the test wants it";
}

static int64_t
fake_cost_us(const struct driver_line *line, const struct driver_request *q)
{
	(void)line;
	return q->count * 1000;
}

static const struct driver fake_that_waits = {.name = "fake",
    .open = fake_open,
    .close = fake_close,
    .ask = fake_ask,
    .ready_at = fake_ready_at,
    .listen = fake_listen,
    .why = fake_why,
    .cost_us = fake_cost_us};

static const struct driver fake_in_steps = {.name = "fake",
    .open = fake_open,
    .close = fake_close,
    .hears = fake_hears,
    .ask = fake_begin,
    .hear = fake_hear,
    .awaits = fake_awaits,
    .ready_at = fake_ready_at,
    .listen = fake_listen,
    .why = fake_why,
    .cost_us = fake_cost_us};

static const struct driver *fake;

/* ---- the bus: two devices, catalog 10 (unit 1: two requests) and 11 ---- */

static const struct driver_line line = {.timeout_ms = 100};
static struct bus *bus;
static int notify_fd;

static void
start(uint32_t every_ms)
{
	struct plan_point points[] = {
	    {0, SPACE_INPUT, 100, 2, every_ms, 0, false},
	    {1, SPACE_HOLDING, 200, 1, every_ms, 0, false}};
	struct plan_device devices[] = {{.device = 10,
					    .unit = 1,
					    .max_read = 125,
					    .points = points,
					    .point_count = 2},
	    {.device = 11,
		.unit = 2,
		.max_read = 125,
		.points = points,
		.point_count = 1}};
	struct bus_conf conf = {.id = "test",
	    .line = line,
	    .driver = fake,
	    .plan = plan_new(devices, 2, fake, &line),
	    .notify_fd = notify_fd};
	char why[64];

	bus = bus_start(&conf, why, sizeof(why));
	ck_assert_ptr_nonnull(bus);
}

static uint32_t identity_every_ms; /* 0: as planned */

/* One device, catalog 11 on unit 2: an identity at input 500 and a point. */
static void
start_with_identity(uint32_t every_ms)
{
	struct plan_point point = {0, SPACE_INPUT, 100, 2, every_ms, 0, false};
	struct plan_device device = {.device = 11,
	    .unit = 2,
	    .max_read = 125,
	    .has_identity = true,
	    .identity = {.space = SPACE_INPUT, .address = 500, .count = 3},
	    .points = &point,
	    .point_count = 1};
	struct bus_conf conf = {.id = "test",
	    .line = line,
	    .driver = fake,
	    .plan = plan_new(&device, 1, fake, &line),
	    .notify_fd = notify_fd};
	char why[64];

	for (size_t r = 0; r < conf.plan->request_count; r++)
		if (conf.plan->requests[r].identity && identity_every_ms > 0)
			conf.plan->requests[r].every_ms = identity_every_ms;
	bus = bus_start(&conf, why, sizeof(why));
	ck_assert_ptr_nonnull(bus);
}

/* One device, catalog 11 on unit 2: inputs 100 and 101, or to 102, in one
 * request. */
static void
start_neighbours(size_t count, uint32_t every_ms)
{
	struct plan_point points[] = {
	    {0, SPACE_INPUT, 100, 1, every_ms, 0, false},
	    {1, SPACE_INPUT, 101, 1, every_ms, 0, false},
	    {2, SPACE_INPUT, 102, 1, every_ms, 0, false}};
	struct plan_device device = {.device = 11,
	    .unit = 2,
	    .max_read = 125,
	    .points = points,
	    .point_count = count};
	struct bus_conf conf = {.id = "test",
	    .line = line,
	    .driver = fake,
	    .plan = plan_new(&device, 1, fake, &line),
	    .notify_fd = notify_fd};
	char why[64];

	ck_assert_uint_eq(conf.plan->request_count, 1);
	bus = bus_start(&conf, why, sizeof(why));
	ck_assert_ptr_nonnull(bus);
}

/* One device, catalog 11 on unit 2: three requests of holding registers and one
 * of inputs. */
static void
start_spaces(uint32_t every_ms)
{
	struct plan_point points[] = {
	    {0, SPACE_HOLDING, 100, 1, every_ms, 0, false},
	    {1, SPACE_HOLDING, 101, 1, every_ms, 0, false},
	    {2, SPACE_HOLDING, 300, 1, every_ms, 0, false},
	    {3, SPACE_HOLDING, 500, 1, every_ms, 0, false},
	    {4, SPACE_INPUT, 100, 1, every_ms, 0, false}};
	struct plan_device device = {.device = 11,
	    .unit = 2,
	    .max_read = 125,
	    .points = points,
	    .point_count = 5};
	struct bus_conf conf = {.id = "test",
	    .line = line,
	    .driver = fake,
	    .plan = plan_new(&device, 1, fake, &line),
	    .notify_fd = notify_fd};
	char why[64];

	ck_assert_uint_eq(conf.plan->request_count, 4);
	bus = bus_start(&conf, why, sizeof(why));
	ck_assert_ptr_nonnull(bus);
}

/* More than the largest ring takes in ten seconds: 30 requests of 125
 * registers, due all the time. */
static void
start_flood(void)
{
	struct plan_point points[30];
	struct plan_device device = {.device = 11,
	    .unit = 2,
	    .max_read = 125,
	    .points = points,
	    .point_count = 30};
	struct bus_conf conf = {.id = "flood",
	    .line = line,
	    .driver = fake,
	    .notify_fd = notify_fd};
	char why[64];

	for (uint16_t i = 0; i < 30; i++)
		points[i] = (struct plan_point){
		    i, SPACE_INPUT, (uint16_t)(i * 125), 125, 1, 0, false};
	conf.plan = plan_new(&device, 1, fake, &line);
	bus = bus_start(&conf, why, sizeof(why));
	ck_assert_ptr_nonnull(bus);
}

static void
setup(const struct driver *driver)
{
	fake = driver;
	notify_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	memset(verdicts, 0, sizeof(verdicts));
	memset(failures_left, 0, sizeof(failures_left));
	memset(asked, 0, sizeof(asked));
	atomic_store(&spared, 0);
	atomic_store(&block_ms, 0);
	atomic_store(&exception, 4);
	atomic_store(&refused, -1);
	atomic_store(&unknown, -1);
	atomic_store(&unknown_asked, 0);
	atomic_store(&busy, -1);
}

static void
setup_thread(void)
{
	setup(&fake_that_waits);
}

static void
setup_poller(void)
{
	setup(&fake_in_steps);
}

static void
teardown(void)
{
	bus_stop(bus);
	for (int i = 0; i < WAIT_MS && !bus_ended(bus); i++)
		poll(NULL, 0, 1);
	ck_assert(bus_ended(bus));
	bus_free(bus);
	close(notify_fd);
}

/* The next answer of a device (any with -1); false if none came in time. */
static bool
next(struct answer *a, int device, int wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;

	do {
		while (bus_take(bus, a))
			if (device == -1 || a->device == device)
				return true;
		poll(NULL, 0, 1);
	} while (clock_mono_ms() < until_ms);
	return false;
}

static void
fail_unit(int unit, enum driver_verdict verdict, int times)
{
	atomic_store(&verdicts[unit], (int)verdict);
	atomic_store(&failures_left[unit], times);
}

START_TEST(an_answer_carries_its_words_and_its_time)
{
	struct answer a;
	int64_t before_ms = clock_mono_ms();
	const struct plan_request *q;

	start(50);
	ck_assert(next(&a, 10, WAIT_MS));
	q = &bus_plan(bus)->requests[a.request];
	ck_assert_int_eq(a.verdict, DRIVER_OK);
	ck_assert_uint_eq(a.word_count, q->ask.count);
	ck_assert_uint_eq(a.words[0], q->ask.address);
	ck_assert_int_ge(a.mono_ms, before_ms);
}
END_TEST

/* It is told that the question failed, and no point is bad of it. */
static void
expect_missed(uint16_t device, enum driver_verdict verdict)
{
	struct answer a;

	ck_assert(next(&a, device, WAIT_MS));
	ck_assert_int_eq(a.verdict, verdict);
	ck_assert_int_ge(a.request, 0);
	ck_assert_uint_eq(a.part_count, 0);
}

START_TEST(one_failure_is_made_good_by_the_retry_and_makes_nothing_bad)
{
	struct answer a;

	fail_unit(2, DRIVER_TIMEOUT, 1);
	start(50);
	expect_missed(11, DRIVER_TIMEOUT);
	for (int i = 0; i < 5; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_OK);
	}
}
END_TEST

START_TEST(a_failure_with_its_retry_is_reported_once)
{
	struct answer a;

	fail_unit(2, DRIVER_CRC, 2);
	start(50);
	expect_missed(11, DRIVER_CRC);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_CRC);
	ck_assert_uint_ge(a.part_count, 1);
	ck_assert_int_ge(a.request, 0);
	ck_assert_uint_eq(a.word_count, 0);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_dead_device_is_reported_as_a_whole_and_probed_seldom)
{
	struct answer a;
	int64_t end_ms = clock_mono_ms() + 800;

	fail_unit(1, DRIVER_TIMEOUT, -1);
	start(20);
	do
		ck_assert(next(&a, 10, WAIT_MS));
	while (a.request != -1);
	ck_assert_int_eq(a.verdict, DRIVER_TIMEOUT);
	while (clock_mono_ms() < end_ms)
		ck_assert(!next(&a, 10, 20));
	ck_assert_int_le(atomic_load(&asked[1]), 5);
	ck_assert_int_gt(atomic_load(&asked[2]), 10);
}
END_TEST

START_TEST(a_dead_device_is_probed_however_seldom_its_points_are_read)
{
	int64_t end_ms = clock_mono_ms() + WAIT_MS;

	fail_unit(1, DRIVER_TIMEOUT, -1);
	start(3600000);
	/* Two requests, the first one twice; then probes after 1 and 2 s. */
	while (atomic_load(&asked[1]) < 5 && clock_mono_ms() < end_ms)
		poll(NULL, 0, 10);
	ck_assert_int_ge(atomic_load(&asked[1]), 5);
}
END_TEST

START_TEST(a_device_that_is_back_is_online_with_everything)
{
	struct answer a;
	bool seen[2] = {false, false};

	fail_unit(1, DRIVER_TIMEOUT, 3);
	start(10000);
	do
		ck_assert(next(&a, 10, WAIT_MS));
	while (a.request != -1);
	while (!seen[0] || !seen[1]) {
		ck_assert(next(&a, 10, WAIT_MS));
		ck_assert_int_ge(a.request, 0);
		seen[a.request] = true;
	}
}
END_TEST

START_TEST(an_exception_is_an_answer_without_a_value)
{
	struct answer a;

	fail_unit(2, DRIVER_EXCEPTION, -1);
	start(50);
	for (int i = 0; i < 3; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
		ck_assert_uint_eq(a.exception, 4);
		ck_assert_uint_eq(a.word_count, 0);
	}
}
END_TEST

START_TEST(a_refused_address_costs_its_own_point_only)
{
	struct answer a;
	int good = 0, bad = 0;

	atomic_store(&refused, 101);
	start_neighbours(2, 20);
	for (int i = 0; i < 20; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_uint_eq(a.part_count, 1);
		bad += a.verdict == DRIVER_EXCEPTION;
		good += a.verdict == DRIVER_OK;
		if (a.verdict == DRIVER_OK)
			ck_assert_uint_eq(a.words[0], 100);
		else
			ck_assert_uint_eq(a.exception, 2);
	}
	ck_assert_int_eq(bad, 1);
	ck_assert_int_eq(good, 19);
}
END_TEST

START_TEST(an_unknown_function_costs_one_question_and_all_its_points)
{
	struct answer a;
	uint32_t good = 0, bad = 0;

	atomic_store(&unknown, SPACE_HOLDING);
	start_spaces(20);
	while (good < 20) {
		ck_assert(next(&a, 11, WAIT_MS));
		good += a.verdict == DRIVER_OK;
		if (a.verdict == DRIVER_OK)
			continue;
		ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
		ck_assert_uint_eq(a.exception, 1);
		ck_assert_uint_eq(bus_plan(bus)->requests[a.request].ask.space,
		    SPACE_HOLDING);
		bad += a.part_count;
	}
	ck_assert_uint_eq(bad, 4);
	ck_assert_int_eq(atomic_load(&unknown_asked), 1);
}
END_TEST

START_TEST(a_line_on_which_others_talk_is_told_of_as_a_line)
{
	struct answer a;

	fail_unit(1, DRIVER_NOISE, -1);
	fail_unit(2, DRIVER_NOISE, -1);
	start(20);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_BUS);
	ck_assert_int_eq(a.request, -1);
	fail_unit(1, DRIVER_OK, 0);
	fail_unit(2, DRIVER_OK, 0);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_short_babble_is_nobodys_failure)
{
	struct answer a;

	fail_unit(1, DRIVER_NOISE, 2);
	start(20);
	for (int i = 0; i < 4; i++) {
		ck_assert(next(&a, 10, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_OK);
	}
}
END_TEST

START_TEST(a_busy_device_is_asked_again_before_it_is_told)
{
	struct answer a;

	atomic_store(&exception, 6);
	fail_unit(2, DRIVER_EXCEPTION, 1);
	start(50);
	for (int i = 0; i < 3; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_OK);
	}
}
END_TEST

START_TEST(a_device_that_stays_busy_is_left_time_and_told)
{
	int64_t end_ms = clock_mono_ms() + 1500;
	struct answer a;

	atomic_store(&exception, 6);
	fail_unit(2, DRIVER_EXCEPTION, -1);
	start(20);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
	ck_assert_uint_eq(a.exception, 6);
	ck_assert_int_ge(a.request, 0);
	while (clock_mono_ms() < end_ms)
		next(&a, 11, 20);
	/* After 200, 400, 800 ms. */
	ck_assert_int_le(atomic_load(&asked[2]), 4);
	ck_assert_int_gt(atomic_load(&asked[1]), 10);
}
END_TEST

START_TEST(a_piece_that_stays_busy_does_not_hold_up_the_others)
{
	struct answer a;

	atomic_store(&refused, 102);
	atomic_store(&busy, 100);
	start_neighbours(3, 20);
	do
		ck_assert(next(&a, 11, WAIT_MS));
	while (a.verdict != DRIVER_OK);
	ck_assert_uint_eq(a.words[0], 101);
}
END_TEST

START_TEST(a_gateways_word_that_a_device_is_silent_is_as_good_as_silence)
{
	struct answer a;

	atomic_store(&exception, 11);
	fail_unit(1, DRIVER_EXCEPTION, -1);
	start(20);
	do
		ck_assert(next(&a, 10, WAIT_MS));
	while (a.request != -1);
	ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
	ck_assert_uint_eq(a.exception, 11);
}
END_TEST

START_TEST(a_gateway_that_has_no_way_to_a_device_is_left_time)
{
	int64_t start_ms = clock_mono_ms();
	struct answer a;

	atomic_store(&exception, 10);
	fail_unit(1, DRIVER_EXCEPTION, -1);
	start(20);
	do
		ck_assert(next(&a, 10, WAIT_MS));
	while (a.request != -1); /* the third failure */
	ck_assert_uint_eq(a.exception, 10);
	ck_assert_int_ge(clock_mono_ms() - start_ms, 2000);
}
END_TEST

/* What its probes take is no cycle. */
START_TEST(the_cycle_is_that_of_the_living)
{
	struct stat_series *cycle =
	    stat_get(STAT_GAUGE, "riser_bus_cycle_seconds", "", "bus=\"test\"");
	int64_t end_ms;
	struct answer a;

	atomic_store(&block_ms, 2);
	start(20);
	end_ms = clock_mono_ms() + WAIT_MS;
	while (stat_value(cycle) < 0.004 && clock_mono_ms() < end_ms)
		next(&a, 10, 10);
	ck_assert(stat_value(cycle) >= 0.004);
	fail_unit(1, DRIVER_TIMEOUT, -1);
	fail_unit(2, DRIVER_TIMEOUT, -1);
	end_ms = clock_mono_ms() + WAIT_MS;
	while (stat_value(cycle) > 0 && clock_mono_ms() < end_ms)
		next(&a, 10, 10);
	ck_assert(stat_value(cycle) == 0);
	stat_put(cycle);
}
END_TEST

START_TEST(an_identity_is_asked_first_and_reported_as_any_request)
{
	struct answer a;

	start_with_identity(20);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_ge(a.request, 0);
	ck_assert(bus_plan(bus)->requests[a.request].identity);
	ck_assert_int_eq(a.verdict, DRIVER_OK);
	ck_assert_uint_eq(a.word_count, 3);
	ck_assert_uint_eq(a.words[0], 500);
	for (int i = 0; i < 5; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert(!bus_plan(bus)->requests[a.request].identity);
	}
}
END_TEST

START_TEST(a_device_that_knows_no_identity_is_not_dead)
{
	struct answer a;

	fail_unit(2, DRIVER_EXCEPTION, 1);
	start_with_identity(20);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert(bus_plan(bus)->requests[a.request].identity);
	ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
	ck_assert_uint_eq(a.exception, 4);
	for (int i = 0; i < 5; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_OK);
	}
}
END_TEST

/* Exception 4 is a device in trouble: who it is has not been said. */
START_TEST(an_identity_in_trouble_is_asked_for_again_at_once)
{
	struct answer a;
	int64_t start_ms = clock_mono_ms();

	fail_unit(2, DRIVER_EXCEPTION, 1);
	start_with_identity(20);
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_EXCEPTION);
	do
		ck_assert(next(&a, 11, WAIT_MS));
	while (!bus_plan(bus)->requests[a.request].identity);
	ck_assert_int_eq(a.verdict, DRIVER_OK);
	ck_assert_int_lt(clock_mono_ms() - start_ms, 10000);
}
END_TEST

/* What was read of the old one, however seldom, is read again. */
START_TEST(another_identity_makes_everything_due)
{
	struct answer a;

	identity_every_ms = 100;
	start_with_identity(3600000);
	for (int i = 0; i < 2; i++) {
		ck_assert(next(&a, 11, WAIT_MS));
		ck_assert_int_eq(
		    bus_plan(bus)->requests[a.request].identity, i == 0);
	}
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert(bus_plan(bus)->requests[a.request].identity);
	atomic_store(&shift, 7);
	do
		ck_assert(next(&a, 11, WAIT_MS));
	while (bus_plan(bus)->requests[a.request].identity);
	ck_assert_uint_eq(a.words[0], 107);
}
END_TEST

static bool
next_is_identity(void)
{
	struct answer a;

	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_ge(a.request, 0);
	return bus_plan(bus)->requests[a.request].identity;
}

/* The point's first value came from nobody knew whom, and it is asked so seldom
 * that its period never ends with the identity's: on equal terms either may be
 * the one that fails. */
START_TEST(who_says_late_who_he_is_is_asked_for_everything_again)
{
	fail_unit(2, DRIVER_TIMEOUT, 2);
	start_with_identity(4000000000);
	ck_assert(next_is_identity()); /* the failure with its retry */
	ck_assert(!next_is_identity());
	ck_assert(next_is_identity());
	ck_assert(!next_is_identity());
}
END_TEST

START_TEST(a_device_that_is_back_is_asked_who_it_is_and_then_everything)
{
	struct answer a;

	fail_unit(2, DRIVER_TIMEOUT, 3);
	start_with_identity(3600000);
	do
		ck_assert(next(&a, 11, WAIT_MS));
	while (a.request != -1);
	while (!next_is_identity())
		continue;
	ck_assert(!next_is_identity());
}
END_TEST

START_TEST(a_value_that_brings_a_device_back_is_asked_again_behind_its_identity)
{
	struct answer a;

	atomic_store(&spared, 1);
	fail_unit(2, DRIVER_BUS, 1);
	start_with_identity(3600000);
	ck_assert(next_is_identity());
	ck_assert(next(&a, 11, WAIT_MS));
	ck_assert_int_eq(a.request, -1);
	ck_assert(!next_is_identity());
	ck_assert(next_is_identity());
	ck_assert(!next_is_identity());
}
END_TEST

START_TEST(a_lost_line_is_told_of_every_device_once)
{
	struct answer a;
	int lost[2] = {0, 0};

	fail_unit(1, DRIVER_BUS, 1);
	fail_unit(2, DRIVER_BUS, 1);
	start(10000);
	for (int i = 0; i < 2; i++) {
		ck_assert(next(&a, -1, WAIT_MS));
		ck_assert_int_eq(a.verdict, DRIVER_BUS);
		ck_assert_int_eq(a.request, -1);
		lost[a.device - 10]++;
	}
	ck_assert(lost[0] == 1 && lost[1] == 1);
	ck_assert(next(&a, -1, 2 * WAIT_MS)); /* and it comes back */
	ck_assert_int_eq(a.verdict, DRIVER_OK);
}
END_TEST

START_TEST(a_loop_that_sleeps_costs_answers_and_never_the_bus)
{
	struct stat_series *overrun = stat_get(
	    STAT_COUNTER, "riser_reads_total", "", "stage=\"overrun\"");
	uint64_t before = stat_count(overrun);
	struct answer a;
	int asked_when_full;

	start_flood();
	for (int i = 0; i < 4 * WAIT_MS && stat_count(overrun) == before; i++)
		poll(NULL, 0, 1);
	ck_assert_uint_gt(stat_count(overrun), before);
	asked_when_full = atomic_load(&asked[2]);
	poll(NULL, 0, 50);
	ck_assert_int_gt(atomic_load(&asked[2]), asked_when_full);
	ck_assert(next(&a, -1, WAIT_MS));
	ck_assert_int_eq(a.verdict, DRIVER_OK);
	stat_put(overrun);
}
END_TEST

START_TEST(the_loop_is_told_of_the_end)
{
	struct pollfd told = {.fd = notify_fd, .events = POLLIN};
	uint64_t count;
	struct answer a;

	start(3600000);
	ck_assert(next(&a, 10, WAIT_MS));
	ck_assert(next(&a, 11, WAIT_MS));
	poll(NULL, 0, 20);
	ck_assert_int_eq(read(notify_fd, &count, sizeof(count)), 8);
	bus_stop(bus);
	ck_assert_int_eq(poll(&told, 1, WAIT_MS), 1);
}
END_TEST

START_TEST(a_bus_in_a_question_can_be_given_up)
{
	struct bus *left;

	atomic_store(&block_ms, 300);
	start(50);
	while (atomic_load(&asked[1]) + atomic_load(&asked[2]) == 0)
		poll(NULL, 0, 1);
	ck_assert(bus_alive(bus, clock_mono_ms()));
	left = bus;
	bus_stop(left);
	ck_assert(!bus_ended(left));
	bus_free(left);
	atomic_store(&block_ms, 0);
	start(50); /* for the teardown; the other one frees itself meanwhile */
	poll(NULL, 0, 400);
}
END_TEST

static void
add(Suite *s, const char *name, void (*set_up)(void))
{
	TCase *t = tcase_create(name);

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, teardown);
	tcase_add_test(t, an_answer_carries_its_words_and_its_time);
	tcase_add_test(
	    t, one_failure_is_made_good_by_the_retry_and_makes_nothing_bad);
	tcase_add_test(t, a_failure_with_its_retry_is_reported_once);
	tcase_add_test(
	    t, a_dead_device_is_reported_as_a_whole_and_probed_seldom);
	tcase_add_test(
	    t, a_dead_device_is_probed_however_seldom_its_points_are_read);
	tcase_add_test(t, a_device_that_is_back_is_online_with_everything);
	tcase_add_test(t, an_exception_is_an_answer_without_a_value);
	tcase_add_test(t, a_refused_address_costs_its_own_point_only);
	tcase_add_test(
	    t, an_unknown_function_costs_one_question_and_all_its_points);
	tcase_add_test(t, a_line_on_which_others_talk_is_told_of_as_a_line);
	tcase_add_test(t, a_short_babble_is_nobodys_failure);
	tcase_add_test(t, a_busy_device_is_asked_again_before_it_is_told);
	tcase_add_test(t, a_device_that_stays_busy_is_left_time_and_told);
	tcase_add_test(t, a_piece_that_stays_busy_does_not_hold_up_the_others);
	tcase_add_test(
	    t, a_gateways_word_that_a_device_is_silent_is_as_good_as_silence);
	tcase_add_test(t, a_gateway_that_has_no_way_to_a_device_is_left_time);
	tcase_add_test(t, the_cycle_is_that_of_the_living);
	tcase_add_test(
	    t, an_identity_is_asked_first_and_reported_as_any_request);
	tcase_add_test(t, a_device_that_knows_no_identity_is_not_dead);
	tcase_add_test(t, an_identity_in_trouble_is_asked_for_again_at_once);
	tcase_add_test(t, another_identity_makes_everything_due);
	tcase_add_test(
	    t, who_says_late_who_he_is_is_asked_for_everything_again);
	tcase_add_test(
	    t, a_device_that_is_back_is_asked_who_it_is_and_then_everything);
	tcase_add_test(t,
	    a_value_that_brings_a_device_back_is_asked_again_behind_its_identity);
	tcase_add_test(t, a_lost_line_is_told_of_every_device_once);
	tcase_add_test(t, a_loop_that_sleeps_costs_answers_and_never_the_bus);
	tcase_add_test(t, the_loop_is_told_of_the_end);
	tcase_add_test(t, a_bus_in_a_question_can_be_given_up);
}

int
main(void)
{
	Suite *s = suite_create("bus");

	add(s, "thread", setup_thread);
	add(s, "poller", setup_poller);
	return suite_run(s);
}
