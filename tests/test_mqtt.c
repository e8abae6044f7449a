/*
 * test_mqtt.c - the MQTT sink against a real broker
 */
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>

#include "gateway/base/stats.h"
#include "tests/mqtt_world.h"
#include "tests/slow_broker.h"
#include "tests/suite.h"

#define SILENT_MS 2000 /* how long the name server of silent.example sleeps */

/* A name server that sleeps on one name; paho asks it as well. */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (strcmp(name, "silent.example") == 0) {
		usleep(SILENT_MS * 1000);
		return EAI_AGAIN;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, list);
}

/* Up to where all is done with. */
static uint64_t
done_upto(struct journal *j)
{
	struct record_range r[RECORD_RANGES_MAX];

	cursor_ranges(journal_follow(j, "mqtt"), r);
	return r[0].after;
}

/* The number of the next batch in the text, which is moved behind it; 0: there
 * is none. */
static uint64_t
next_seq(char **text)
{
	char *at = strstr(*text, "/data {\"log\":");

	if (at == NULL)
		return 0;
	*text = strstr(at, "\"seq\":") + 6;
	return strtoull(*text, NULL, 10);
}

/* Numbers first..last arrived, nothing else did, and the cursor saw it. */
static void
assert_all_arrived(uint64_t first, uint64_t last)
{
	bool *seen = calloc(last + 1, sizeof(*seen));
	char *text = read_file("sub.log"), *at = text;
	uint64_t seq;

	ck_assert_ptr_nonnull(seen);
	while ((seq = next_seq(&at)) != 0) {
		ck_assert_uint_ge(seq, first);
		ck_assert_uint_le(seq, last);
		seen[seq] = true;
	}
	for (seq = first; seq <= last; seq++)
		ck_assert_msg(seen[seq], "%ju is missing", (uintmax_t)seq);
	ck_assert_uint_eq(done_upto(journal), last);
	free(text);
	free(seen);
}

/* ---- delivery ---- */

START_TEST(all_four_kinds_of_message_arrive) /* with 5 and with 3.1.1 */
{
	broker_start("");
	subscriber_open();
	conf.version = _i == 0 ? 5 : 3;
	start();
	ck_assert(is_heard("0 riser/anju/status online\n"));
	set_live(0, QUALITY_GOOD);
	append(NULL);
	ck_assert(is_heard("riser/anju/tx-1/data {\"log\":"));
	ck_assert(is_heard("riser/anju/tx-1/meta {\"kind\":\"transformer\""));
	ck_assert(is_heard("riser/anju/tx-1/state {\"ts\":"));
	ck_assert(is_heard("\"values\":{\"power\":7},\"quality\":{\"label\""));
	ck_assert(
	    is_logged(_i == 0 ? "connected to mqtt://127" : "(MQTT 3.1.1)"));
}
END_TEST

START_TEST(a_live_batch_is_not_backfill_and_an_older_one_is)
{
	start();
	append("before");
	poll(NULL, 0,
	    2100); /* what waits two seconds for a connection is late */
	broker_start("");
	subscriber_open();
	ck_assert(is_heard("\"before\"},\"quality\":{},\"backfill\":true}"));
	append("after");
	ck_assert(is_heard("\"after\"},\"quality\":{}}"));
}
END_TEST

START_TEST(every_batch_arrives_through_restarts_of_the_broker)
{
	enum { COUNT = 2000 };

	broker_start(_i == 0 ? "" : "max_inflight_messages 1");
	subscriber_open();
	start();
	for (int i = 0; i < COUNT; i++) {
		append(NULL);
		if (i % 10 == 0)
			usleep(1000);
		if (i != COUNT / 4 && i != COUNT / 2)
			continue;
		end(broker, SIGTERM);
		broker = broker_run(port);
	}
	append("last");
	ck_assert(comes("sub.log", "\"last\"", 1, 15000));
	mqtt_stop(mqtt, 2000);
	mqtt = NULL;
	ck_assert(comes("sub.log", "status offline", 1, 2000));
	assert_all_arrived(1, COUNT + 1);
}
END_TEST

START_TEST(a_state_follows_a_change_of_quality_at_once)
{
	conf.state_every_ms = 60000;
	broker_start("");
	subscriber_open();
	start();
	ck_assert(is_heard("\"quality\":{\"power\":\"never\""));
	set_live(0, QUALITY_BAD_TIMEOUT);
	ck_assert(comes("sub.log", "\"power\":\"bad:timeout\"", 1, 500));
}
END_TEST

START_TEST(a_state_without_news_is_not_repeated)
{
	broker_start("");
	subscriber_open();
	start();
	ck_assert(is_heard("tx-1/state"));
	usleep(1500 * 1000); /* seven times state_every */
	ck_assert_int_eq(times_in("sub.log", "tx-1/state"), 1);
}
END_TEST

/* A batch of count readings of a long text. */
static void
append_long(uint16_t count)
{
	struct reading r[64];
	struct batch b = {.count = count, .readings = r, .at = stamp_now()};

	for (int i = 0; i < count; i++) {
		r[i] =
		    (struct reading){.point = 1, .quality = {QUALITY_GOOD, 0}};
		r[i].value.type = VALUE_TEXT;
		for (int c = 0; c < SAMPLE_TEXT_MAX - 1; c++)
			r[i].value.text[c] = (char)('a' + rand() % 26);
	}
	ck_assert(journal_append(journal, &b));
	journal_tick(journal, clock_mono_ms());
}

START_TEST(a_batch_larger_than_the_broker_takes_is_told_as_a_gap)
{
	broker_start("max_packet_size 2000");
	subscriber_open();
	start();
	append("small");
	append_long(64);
	append("behind");
	ck_assert(is_heard("\"from\":2,\"to\":2,\"readings\":64,"
			   "\"reason\":\"size\""));
	ck_assert(is_heard("riser/anju/event {\"log\":"));
	ck_assert(is_heard("small"));
	ck_assert(is_heard("behind"));
	ck_assert(is_logged("too large for the broker"));
}
END_TEST

START_TEST(a_gap_that_is_too_large_to_be_told_is_told_no_further)
{
	broker_start("max_packet_size 150");
	start();
	append_long(64);
	ck_assert(is_logged("too large for the broker"));
	while (done_upto(events) < 1)
		usleep(10000);
	sleep(1);
	ck_assert_uint_eq(done_upto(events), 1);
	ck_assert_uint_eq(done_upto(journal), 1);
}
END_TEST

/* The figure of the ledger that stands behind `stage="..."} `. */
static uint64_t
ledger(const char *stage)
{
	char label[128];
	struct buf b = {0};
	uint64_t n = 0;
	char *at;

	snprintf(label, sizeof(label),
	    "riser_readings_total{sink=\"mqtt\",stage=\"%s\"} ", stage);
	stats_print(&b);
	at = strstr(b.data, label);
	ck_assert_msg(at != NULL, "no %s in %s", label, b.data);
	n = strtoull(at + strlen(label), NULL, 10);
	buf_free(&b);
	return n;
}

START_TEST(what_the_quota_took_is_told_and_counted_as_dropped)
{
	uint64_t from = 0, to = 0, readings = 0;
	char *text, *gap;

	store_close();
	store_open(512 << 10);
	start();
	for (int i = 0; i < 400; i++) { /* 1.6 MB */
		append_long(64);
		usleep(2000);
	}
	append("last");
	broker_start("");
	subscriber_open();
	ck_assert(is_heard("\"last\""));
	mqtt_stop(mqtt, 2000);
	mqtt = NULL;
	text = read_file("sub.log");
	gap = strstr(text, "\"type\":\"gap\",\"sink\":\"mqtt\"");
	ck_assert_ptr_nonnull(gap);
	ck_assert_int_eq(
	    sscanf(strstr(gap, "\"from\""),
		"\"from\":%ju,\"to\":%ju,\"readings\":%ju,\"reason\":\"quota\"",
		&from, &to, &readings),
	    3);
	free(text);
	ck_assert_uint_eq(from, 1);
	ck_assert_uint_eq(readings, 64 * to);
	assert_all_arrived(to + 1, 401);
	ck_assert_uint_eq(ledger("dropped"), readings);
	ck_assert_uint_eq(ledger("delivered"), 400 * 64 + 1 - readings);
	ck_assert_uint_eq(ledger("pending"), 0);
}
END_TEST

/* ---- events ---- */

static void
append_event(const char *members)
{
	struct batch b = {.count = 1, .event = members, .at = stamp_now()};

	ck_assert(journal_append(events, &b));
}

START_TEST(an_event_has_a_topic_and_a_log_of_its_own)
{
	char want[256];

	broker_start("");
	subscriber_open();
	start();
	ck_assert(is_heard("status online"));
	append_event("\"type\":\"stop\"");
	append_event("\"type\":\"reload\"");
	snprintf(want, sizeof(want),
	    "0 riser/anju/event {\"log\":\"%s\",\"seq\":2,\"ts\":",
	    journal_id(events));
	ck_assert(is_heard(want));
	ck_assert(is_heard(",\"type\":\"reload\"}\n"));
	ck_assert(is_heard(",\"type\":\"stop\"}\n"));
	ck_assert_str_ne(journal_id(events), journal_id(journal));
}
END_TEST

START_TEST(without_a_log_of_events_readings_arrive)
{
	struct mqtt_source from = {.readings = journal, .live = live};
	struct err err;

	broker_start("");
	subscriber_open();
	mqtt = mqtt_start(&conf, &from, &err);
	append("one");
	ck_assert(is_heard("\"one\""));
}
END_TEST

/* ---- live before backlog ---- */

#define BACKLOG 3000

/* All of the backlog came in order and marked; how many live ones came before
 * its end. */
static int
judge_backlog(void)
{
	char *text = read_file("sub.log"), *at = text, *end;
	uint64_t seq, last = 0;
	int before = 0;
	bool late;

	while ((seq = next_seq(&at)) != 0) {
		end = strchr(at, '\n');
		*end = '\0';
		late = strstr(at, ",\"backfill\":true}") != NULL;
		ck_assert_int_eq(late, seq <= BACKLOG);
		if (late)
			ck_assert_uint_eq(seq, last + 1);
		if (late)
			last = seq;
		else
			before += last < BACKLOG;
		at = end + 1;
	}
	ck_assert_uint_eq(last, BACKLOG);
	free(text);
	return before;
}

START_TEST(after_an_outage_what_is_new_comes_before_the_end_of_the_backlog)
{
	int live_count = 0;

	start();
	for (int i = 0; i < BACKLOG; i++)
		append("old");
	set_live(0, QUALITY_GOOD);
	poll(NULL, 0, 2100);
	broker_start("");
	subscriber_open();
	ck_assert(is_heard("status online"));
	do {
		append("new");
		live_count++;
	} while (
	    !comes("sub.log", "\"seq\":3000,", 1, 20) && live_count < 1000);
	append("last");
	ck_assert(is_heard("\"last\""));
	ck_assert(is_heard("tx-1/state"));
	ck_assert_int_gt(judge_backlog(), 0);
	ck_assert_int_eq(times_in("sub.log", "state {\"ts\""),
	    times_in("sub.log", "{\"power\":7},\"quality\":{\"label\":"));
}
END_TEST

/* Where the slow broker has it. */
static size_t
await_taken(const char *text)
{
	size_t at;

	while ((at = slow_find(text)) == SLOW_TAKEN_MAX) {
		journal_tick(journal, clock_mono_ms());
		poll(NULL, 0, 10);
	}
	return at;
}

/* In number of messages, since machines differ: at 300 ms each 2 s are 6, and
 * the window is 16. */
START_TEST(on_a_slow_line_the_backlog_does_not_hold_up_what_is_new)
{
	enum { EACH_MS = 300, LIVE = 6, AHEAD_MAX = 6 };
	char label[16];
	size_t from;

	conf.version = 3;
	start();
	for (int i = 0; i < 100; i++)
		append("old");
	poll(NULL, 0, 2100);
	slow_start(port, EACH_MS);
	await_taken("old");
	for (int i = 0; i < LIVE; i++) {
		snprintf(label, sizeof(label), "new-%d", i);
		from = slow_count();
		append(label);
		ck_assert_uint_le(await_taken(label) - from, AHEAD_MAX);
	}
	ck_assert_uint_gt(slow_count(), 2 * LIVE); /* and it drains */
	mqtt_stop(mqtt, 0);
	mqtt = NULL;
	slow_stop();
}
END_TEST

/* ---- devices that left ---- */

START_TEST(a_device_that_leaves_is_cleared)
{
	broker_start("");
	subscriber_open();
	use_devices((const char *const[]){"tx-1", "tx-2"}, 2);
	start();
	ck_assert(is_heard("tx-2/state {"));
	use_devices((const char *const[]){"tx-1"}, 1);
	set_live(0, QUALITY_GOOD);
	ck_assert(is_heard("tx-2/state \n"));
	ck_assert(is_heard("tx-2/meta \n"));
	ck_assert_int_eq(times_in("sub.log", "tx-1/meta \n"), 0);
}
END_TEST

START_TEST(a_device_that_left_while_we_were_away_is_cleared)
{
	broker_start("");
	use_devices((const char *const[]){"tx-1", "tx-2"}, 2);
	start();
	subscriber_open();
	ck_assert(is_heard("tx-2/state {"));
	mqtt_stop(mqtt, 2000);
	use_devices((const char *const[]){"tx-1"}, 1);
	start();
	ck_assert(is_heard("tx-2/state \n"));
	ck_assert(is_heard("tx-2/meta \n"));
	ck_assert_int_eq(times_in("sub.log", "tx-1/meta \n"), 0);
}
END_TEST

/* ---- trouble ---- */

START_TEST(a_frozen_broker_is_noticed_and_comes_back)
{
	broker_start("");
	subscriber_open();
	start();
	append("one");
	ck_assert(is_heard("\"one\""));
	ck_assert_int_eq(kill(broker, SIGSTOP), 0);
	append("two");
	ck_assert(comes("log", "acknowledges nothing", 1, 18000));
	ck_assert_int_eq(kill(broker, SIGCONT), 0);
	append("three");
	ck_assert(comes("sub.log", "\"three\"", 1, 12000));
	ck_assert_int_ge(times_in("sub.log", "\"two\""), 1);
}
END_TEST

START_TEST(a_wrong_password_is_logged_once)
{
	char path[PATH_SIZE], more[256];

	write_file("passwords",
	    "anju:$7$101$UyYh7VwOYBMNi4i9$N9GFsyBWm8bJMqn6VZAvbtnpHxlOQ4xrGM"
	    "TxNqoPZHVYEDnA8JXNNx8bVqTDHU5sxTNd3t9xDs1bkHLUdRGh6g==\n");
	snprintf(more, sizeof(more), "allow_anonymous false\npassword_file %s",
	    in_folder(path, "passwords"));
	broker_start(more);
	conf.username = "anju";
	conf.password = "wrong";
	start();
	ck_assert(is_logged("refused: Not authorized"));
	ck_assert(comes("broker.log", "not authorised", 3, 20000));
	ck_assert_int_eq(times_in("log", "mqtt: "), 1);
}
END_TEST

START_TEST(a_refused_message_holds_the_rest_and_is_logged_once)
{
	char path[PATH_SIZE], more[256];

	write_file("acl",
	    "topic readwrite riser/anju/status\n"
	    "topic readwrite riser/anju/+/meta\n"
	    "topic readwrite riser/anju/+/state\n");
	snprintf(more, sizeof(more), "acl_file %s", in_folder(path, "acl"));
	broker_start(more);
	start();
	append(NULL);
	ck_assert(is_logged("a message was refused: Not authorized"));
	ck_assert(comes("broker.log", "as anju", 3, 20000));
	ck_assert_int_eq(times_in("log", "mqtt: "), 1);
	ck_assert_uint_eq(done_upto(journal), 0);
}
END_TEST

START_TEST(nobody_there_is_said_in_words)
{
	start();
	ck_assert(is_logged("no connection to mqtt://127.0.0.1:"));
	ck_assert(is_logged(": Connection refused\n"));
}
END_TEST

/* Knows 3.1.1 only; says so, and then takes the second connection. */
static void *
old_broker(void *arg)
{
	int listener = *(int *)arg;

	for (;;) {
		uint8_t in[256];
		int fd = accept(listener, NULL, NULL);
		bool old = read(fd, in, sizeof(in)) > 8 && in[8] == 4;

		if (old)
			(void)!write(fd, "\x20\x02\x00\x00", 4);
		else
			(void)!write(fd, "\x20\x03\x00\x84\x00", 5);
		if (old)
			return NULL;
		close(fd);
	}
}

START_TEST(a_broker_that_refuses_5_is_asked_in_311)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	pthread_create(&thread, NULL, old_broker, &listener);
	start();
	ck_assert(is_logged("refused: Unsupported Protocol Version"));
	ck_assert(is_logged("trying MQTT 3.1.1"));
	pthread_join(thread, NULL);
	close(listener);
}
END_TEST

/* ---- TLS ---- */

/* An authority, and a server's certificate for these names. */
static void
make_certificates(const char *names)
{
	char command[1024];

	snprintf(command, sizeof(command),
	    "cd '%s' && exec >openssl.log 2>&1 && "
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca "
	    "-keyout ca.key -out ca.pem && "
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=no "
	    "-keyout other.key -out other.pem && "
	    "openssl req -newkey rsa:2048 -nodes -subj /CN=server "
	    "-keyout server.key -out server.csr && "
	    "printf 'subjectAltName=%s\\n' >server.ext && "
	    "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 2 "
	    "-CAcreateserial -extfile server.ext -out server.pem",
	    folder, names);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *names, *ca, *logged;
} tls_cases[] = {
    {"DNS:localhost", "ca.pem", "connected to mqtts://localhost:"},
    {"DNS:example.org", "ca.pem", "certificate is not valid for localhost"},
    {"DNS:localhost", "other.pem", "TLS: certificate verify failed"},
    {"DNS:localhost", NULL, "TLS: certificate verify failed"},
};

START_TEST(tls_is_judged)
{
	char ca[PATH_SIZE];

	make_certificates(tls_cases[_i].names);
	write_file("broker.conf",
	    "listener %d 127.0.0.1\nallow_anonymous true\nuser root\n"
	    "certfile %s/server.pem\nkeyfile %s/server.key\n",
	    port, folder, folder);
	broker = broker_run(port);
	snprintf(url, sizeof(url), "mqtts://localhost:%d", port);
	if (tls_cases[_i].ca != NULL)
		conf.ca_file = in_folder(ca, tls_cases[_i].ca);
	start();
	append(NULL);
	ck_assert(is_logged(tls_cases[_i].logged));
	ck_assert_int_eq(times_in("log", "mqtt: "), 1);
}
END_TEST

START_TEST(a_client_certificate_is_shown)
{
	char ca[PATH_SIZE], cert[PATH_SIZE], key[PATH_SIZE];

	make_certificates("DNS:localhost");
	write_file("broker.conf",
	    "listener %d 127.0.0.1\nallow_anonymous true\nuser root\n"
	    "certfile %s/server.pem\nkeyfile %s/server.key\n"
	    "cafile %s/ca.pem\nrequire_certificate true\n",
	    port, folder, folder, folder);
	broker = broker_run(port);
	snprintf(url, sizeof(url), "mqtts://localhost:%d", port);
	conf.ca_file = in_folder(ca, "ca.pem");
	conf.cert_file = in_folder(cert, "server.pem");
	conf.key_file = in_folder(key, "server.key");
	start();
	append(NULL);
	ck_assert(is_logged("connected to mqtts://localhost:"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused_at_start)
{
	struct mqtt_source from = {.readings = journal, .live = live};
	struct err err;

	snprintf(url, sizeof(url), "mqtts://localhost:8883");
	conf.ca_file = "/nonexistent/ca.pem";
	ck_assert_ptr_null(mqtt_start(&conf, &from, &err));
	ck_assert_str_eq(err.text,
	    "mqtt.ca_file: cannot read /nonexistent/ca.pem: No such file or "
	    "directory");
}
END_TEST

/* ---- stopping ---- */

START_TEST(a_clean_stop_says_offline_once_and_the_will_is_not_told)
{
	broker_start("");
	subscriber_open();
	start();
	ck_assert(is_heard("status online"));
	mqtt_stop(mqtt, 2000);
	mqtt = NULL;
	ck_assert(is_heard("status offline"));
	end(broker, SIGTERM); /* whatever it had to say is said */
	broker = 0;
	ck_assert_int_eq(times_in("sub.log", "status offline"), 1);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_frozen_broker)
{
	int64_t from_ms;

	broker_start("");
	start();
	append(NULL);
	ck_assert(is_logged("connected"));
	ck_assert_int_eq(kill(broker, SIGSTOP), 0);
	from_ms = clock_mono_ms();
	mqtt_stop(mqtt, 1000);
	mqtt = NULL;
	ck_assert_int_le(clock_mono_ms() - from_ms, 1500);
}
END_TEST

START_TEST(a_stop_leaves_a_thread_behind_that_waits_for_a_name)
{
	int64_t from_ms;

	strcpy(url, "mqtt://silent.example:1883");
	start();
	usleep(100000); /* it asks */
	from_ms = clock_mono_ms();
	mqtt_stop(mqtt, 200);
	mqtt = NULL;
	ck_assert_int_le(clock_mono_ms() - from_ms, 700);
	ck_assert_int_eq(times_in("log", "left behind"), 1);
	store_close();
	usleep((SILENT_MS + 300) * 1000); /* it ends, and touches nothing */
	store_open(64 << 20);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mqtt");
	TCase *t = tcase_create("mqtt");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, all_four_kinds_of_message_arrive, 0, 2);
	tcase_add_test(t, a_live_batch_is_not_backfill_and_an_older_one_is);
	tcase_add_loop_test(
	    t, every_batch_arrives_through_restarts_of_the_broker, 0, 2);
	tcase_add_test(t, a_state_follows_a_change_of_quality_at_once);
	tcase_add_test(t, a_state_without_news_is_not_repeated);
	tcase_add_test(
	    t, a_batch_larger_than_the_broker_takes_is_told_as_a_gap);
	tcase_add_test(
	    t, a_gap_that_is_too_large_to_be_told_is_told_no_further);
	tcase_add_test(t, what_the_quota_took_is_told_and_counted_as_dropped);
	tcase_add_test(t, an_event_has_a_topic_and_a_log_of_its_own);
	tcase_add_test(t, without_a_log_of_events_readings_arrive);
	tcase_add_test(
	    t, after_an_outage_what_is_new_comes_before_the_end_of_the_backlog);
	tcase_add_test(
	    t, on_a_slow_line_the_backlog_does_not_hold_up_what_is_new);
	tcase_add_test(t, a_device_that_leaves_is_cleared);
	tcase_add_test(t, a_device_that_left_while_we_were_away_is_cleared);
	tcase_add_test(t, a_frozen_broker_is_noticed_and_comes_back);
	tcase_add_test(t, a_wrong_password_is_logged_once);
	tcase_add_test(t, a_refused_message_holds_the_rest_and_is_logged_once);
	tcase_add_test(t, nobody_there_is_said_in_words);
	tcase_add_test(t, a_broker_that_refuses_5_is_asked_in_311);
	tcase_add_loop_test(
	    t, tls_is_judged, 0, sizeof(tls_cases) / sizeof(tls_cases[0]));
	tcase_add_test(t, a_client_certificate_is_shown);
	tcase_add_test(t, a_file_that_cannot_be_read_is_refused_at_start);
	tcase_add_test(
	    t, a_clean_stop_says_offline_once_and_the_will_is_not_told);
	tcase_add_test(t, a_stop_does_not_wait_for_a_frozen_broker);
	tcase_add_test(t, a_stop_leaves_a_thread_behind_that_waits_for_a_name);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
