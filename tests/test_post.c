/* test_post.c - requests against a server that answers well and badly */
#include "gateway/sinks/post.h"
#include "tests/http_help.h"
#include "tests/suite.h"

#define LINES "riser,device=d v=1 1\nriser,device=d v=2 2\n"
#define GOOD "HTTP/1.1 204 No Content\r\n\r\n"

static struct fake fake;
static struct fake_answer answer; /* what the fake says */
static struct post *post;
static struct post_conf conf;
static struct post_answer got;
static char url[64];

static struct fake_answer
say(struct fake *s)
{
	(void)s;
	return answer;
}

static void
open_all(void)
{
	answer = (struct fake_answer){GOOD, FAKE_KEEP};
	fake_start(&fake, 0, say);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/write?db=x", fake.port);
	conf = (struct post_conf){.url = url,
	    .gzip = true,
	    .bytes_max = 1 << 20,
	    .connect_ms = FAKE_WAIT_MS,
	    .answer_ms = FAKE_WAIT_MS};
}

static void
close_all(void)
{
	post_close(post);
	post = NULL;
	fake_end(&fake);
}

static void
send_lines(void)
{
	struct err err;

	if (post == NULL)
		post = post_open(&conf, &err);
	ck_assert_ptr_nonnull(post);
	post_send(post, LINES, strlen(LINES), &got);
}

START_TEST(lines_arrive_packed_and_whole)
{
	send_lines();
	ck_assert_int_eq(got.verdict, POST_WRITTEN);
	ck_assert_ptr_nonnull(strstr(fake.head, "POST /write?db=x HTTP/1.1"));
	ck_assert_ptr_nonnull(strcasestr(fake.head, "content-encoding: gzip"));
	ck_assert_ptr_null(strcasestr(fake.head, "expect:"));
	ck_assert_ptr_null(strcasestr(fake.head, "authorization:"));
	ck_assert_str_eq(fake.body, LINES);
}
END_TEST

START_TEST(lines_arrive_unpacked_if_that_is_wanted)
{
	conf.gzip = false;
	send_lines();
	ck_assert_int_eq(got.verdict, POST_WRITTEN);
	ck_assert_ptr_null(strcasestr(fake.head, "content-encoding"));
	ck_assert_str_eq(fake.body, LINES);
	ck_assert_uint_eq(fake.sent_length, strlen(LINES));
}
END_TEST

START_TEST(what_does_not_compress_is_sent_too)
{
	size_t length = conf.bytes_max;
	char *text = malloc(length);
	struct err err;

	srandom(1);
	for (size_t i = 0; i < length; i++)
		text[i] = (char)random();
	post = post_open(&conf, &err);
	post_send(post, text, length, &got);
	ck_assert_int_eq(got.verdict, POST_WRITTEN);
	ck_assert_uint_eq(fake.body_length, length);
	ck_assert_mem_eq(fake.body, text, length);
	free(text);
}
END_TEST

START_TEST(the_connection_is_kept)
{
	for (int i = 0; i < 5; i++)
		send_lines();
	ck_assert_int_eq(fake.requests, 5);
	ck_assert_int_eq(fake.connections, 1);
}
END_TEST

static const struct {
	const char *token, *header;
} tokens[] = {
    {"abc-_123==", "Authorization: Token abc-_123==\r\n"},
    {"user:secret", "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"},
};

START_TEST(a_token_is_sent_as_its_form_asks)
{
	conf.token = tokens[_i].token;
	send_lines();
	send_lines();
	ck_assert_int_eq(got.verdict, POST_WRITTEN);
	ck_assert_int_eq(fake.requests, 2); /* none is asked for without it */
	ck_assert_ptr_nonnull(strstr(fake.head, tokens[_i].header));
}
END_TEST

#define EMPTY "Content-Length: 0\r\n\r\n"

/* What a server may answer. */
static const struct {
	const char *bytes;
	enum fake_then then;
	enum post_verdict verdict;
	int64_t retry_after_ms;
	const char *why; /* in the sentence */
} answers[] = {
    {"HTTP/1.1 200 OK\r\n" EMPTY, 0, POST_WRITTEN, -1, ""},
    {"HTTP/1.1 204 No Content\r\n\r\n", 0, POST_WRITTEN, -1, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
	0, POST_WRITTEN, -1, ""},
    {"HTTP/1.1 100 Continue\r\n\r\n" GOOD, 0, POST_WRITTEN, -1, ""},
    {"HTTP/1.0 200 OK\r\n\r\nall of it", FAKE_CLOSE, POST_WRITTEN, -1, ""},
    /* what is to be changed */
    {"HTTP/1.1 400 Bad Request\r\nContent-Length: 36\r\n\r\n"
     "{\"error\":\"partial write: dropped=1\"}",
	0, POST_REFUSED, -1, "it answers 400: {\"error\":\"partial write"},
    {"HTTP/1.1 422 Unprocessable Entity\r\n" EMPTY, 0, POST_REFUSED, -1, "422"},
    {"HTTP/1.1 413 Too Large\r\n" EMPTY, 0, POST_TOO_LARGE, -1, "413"},
    {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n" EMPTY,
	0, POST_HELD, -1, "it answers 401; see influx.token_file"},
    {"HTTP/1.1 403 Forbidden\r\n" EMPTY, 0, POST_HELD, -1, "token_file"},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 0, POST_HELD, -1,
	"404: no; see influx.url: is there such a database"},
    {"HTTP/1.1 405 No\r\n" EMPTY, 0, POST_HELD, -1, "405"},
    {"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n" EMPTY, 0,
	POST_HELD, -1, "301; it sends us elsewhere"},
    {"HTTP/1.1 307 Moved\r\nLocation: /x\r\n" EMPTY, 0, POST_HELD, -1, "307"},
    /* later */
    {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n" EMPTY, 0, POST_BUSY, 7000,
	"429"},
    {"HTTP/1.1 503 Busy\r\n" EMPTY, 0, POST_BUSY, -1, "503"},
    {"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n" EMPTY, 0, POST_BUSY, -1, ""},
    {"HTTP/1.1 503 Busy\r\nRetry-After: -5\r\n" EMPTY, 0, POST_BUSY, -1, ""},
    {"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n" EMPTY, 0, POST_BUSY, -1, ""},
    {"HTTP/1.1 503 Busy\r\nRetry-After: 99999999\r\n" EMPTY, 0, POST_BUSY,
	600000, ""},
    {"HTTP/1.1 503 B\r\nRetry-After: Fri, 31 Dec 2099 23:59:59 GMT\r\n" EMPTY,
	0, POST_BUSY, 600000, ""},
    {"HTTP/1.1 503 B\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n" EMPTY,
	0, POST_BUSY, -1, ""},
    {"HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\na\nb", 0, POST_FAILED, -1,
	"it answers 500: a"},
    {"HTTP/1.1 502 No\r\n" EMPTY, 0, POST_FAILED, -1, "502"},
    {"HTTP/1.1 408 No\r\n" EMPTY, 0, POST_FAILED, -1, "408"},
    {"HTTP/1.1 999 No\r\n" EMPTY, 0, POST_FAILED, -1, "999"},
    /* no answer, or half of one */
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", FAKE_CLOSE,
	POST_FAILED, -1, "half an answer"},
    {"HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\nhalf", FAKE_CLOSE,
	POST_FAILED, -1, "half an answer"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhal",
	FAKE_CLOSE, POST_FAILED, -1, ""},
    {"HTTP/1.1 204 No Con", FAKE_CLOSE, POST_FAILED, -1, ""},
    {"HTTP/1.1 200 OK\r\nContent-Len", FAKE_CLOSE, POST_FAILED, -1,
	"half an answer"},
    {NULL, FAKE_CLOSE, POST_FAILED, -1, "it hung up without an answer"},
    {NULL, FAKE_RESET, POST_FAILED, -1, ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", FAKE_RESET,
	POST_FAILED, -1, ""},
    {"SSH-2.0-OpenSSH_9.2p1\r\n", FAKE_CLOSE, POST_FAILED, -1,
	"its answer is no HTTP"},
    {"\001\002\003\004\r\n\r\n\r\n", FAKE_CLOSE, POST_FAILED, -1, "no HTTP"},
    {"HTTP/1.1 abc\r\n\r\n", FAKE_CLOSE, POST_FAILED, -1, ""},
};

START_TEST(an_answer_is_judged)
{
	answer = (struct fake_answer){answers[_i].bytes, answers[_i].then};
	send_lines();
	ck_assert_msg(got.verdict == answers[_i].verdict, "%d: %s, %d",
	    got.verdict, got.why, got.trouble);
	ck_assert_int_eq(got.retry_after_ms, answers[_i].retry_after_ms);
	ck_assert_msg(strstr(got.why, answers[_i].why) != NULL, "%s", got.why);
	ck_assert((*got.why == '\0') == (got.verdict == POST_WRITTEN));
	ck_assert((got.trouble > 0) ==
	    (strstr(got.why, "it answers") || got.verdict == POST_WRITTEN));
}
END_TEST

START_TEST(after_trouble_the_same_lines_are_written)
{
	answer = (struct fake_answer){answers[_i].bytes, answers[_i].then};
	send_lines();
	answer = (struct fake_answer){GOOD, FAKE_KEEP};
	send_lines();
	ck_assert_msg(got.verdict == POST_WRITTEN, "%s", got.why);
	ck_assert_str_eq(fake.body, LINES);
	ck_assert_str_eq(got.why, "");
	ck_assert_str_eq(got.body, "");
}
END_TEST

START_TEST(no_answer_ends_with_the_time)
{
	conf.answer_ms = 1000;
	answer.bytes = _i == 0 ? NULL : "HTTP/1.1 200 OK\r\n";
	answer.then = FAKE_HANG;
	send_lines();
	ck_assert_int_eq(got.verdict, POST_FAILED);
	ck_assert_str_eq(got.why, "no answer in 1 s");
	ck_assert_int_lt(got.trouble, 0);
}
END_TEST

START_TEST(a_refused_connection_says_so)
{
	conf.url = "http://127.0.0.1:1/write";
	send_lines();
	ck_assert_int_eq(got.verdict, POST_FAILED);
	ck_assert_str_eq(got.why, "Connection refused");
}
END_TEST

START_TEST(a_long_body_is_kept_as_far_as_there_is_room)
{
	static char text[200000] =
	    "HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n";

	memset(text + strlen(text), 'x', 100000);
	answer.bytes = text;
	send_lines();
	ck_assert_int_eq(got.verdict, POST_FAILED);
	ck_assert_int_eq(got.trouble, 500);
	ck_assert_uint_eq(strlen(got.body), POST_BODY_MAX - 1);
	ck_assert_uint_lt(strlen(got.why), 300);
}
END_TEST

START_TEST(no_proxy_of_the_environment_is_used)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	send_lines();
	ck_assert_msg(got.verdict == POST_WRITTEN, "%s", got.why);
}
END_TEST

static void *
stop_soon(void *arg)
{
	while (fake_requests(&fake) == 0)
		usleep(1000);
	post_stop(arg, clock_mono_ms() + 100);
	return NULL;
}

START_TEST(a_stop_ends_a_request_and_none_comes_after_it)
{
	struct err err;
	pthread_t stopper;
	int64_t begin_ms = clock_mono_ms();

	answer = (struct fake_answer){NULL, FAKE_HANG};
	post = post_open(&conf, &err);
	pthread_create(&stopper, NULL, stop_soon, post);
	send_lines();
	pthread_join(stopper, NULL);
	ck_assert_int_eq(got.verdict, POST_FAILED);
	ck_assert_int_lt(clock_mono_ms() - begin_ms, FAKE_WAIT_MS / 2);
	send_lines();
	ck_assert_int_eq(got.verdict, POST_FAILED);
	ck_assert_int_eq(fake_requests(&fake), 1);
}
END_TEST

START_TEST(a_ca_file_that_is_not_there_is_told_at_once)
{
	struct err err;

	conf.ca_file = "/nowhere/ca.pem";
	ck_assert_ptr_null(post_open(&conf, &err));
	ck_assert_str_eq(err.text,
	    "/nowhere/ca.pem cannot be read: No such file or directory");
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof(*(a))))

static Suite *
suite(void)
{
	Suite *s = suite_create("post");
	TCase *t = tcase_create("post");

	tcase_add_checked_fixture(t, open_all, close_all);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, lines_arrive_packed_and_whole);
	tcase_add_test(t, lines_arrive_unpacked_if_that_is_wanted);
	tcase_add_test(t, what_does_not_compress_is_sent_too);
	tcase_add_test(t, the_connection_is_kept);
	tcase_add_loop_test(
	    t, a_token_is_sent_as_its_form_asks, 0, COUNT(tokens));
	tcase_add_loop_test(t, an_answer_is_judged, 0, COUNT(answers));
	tcase_add_loop_test(
	    t, after_trouble_the_same_lines_are_written, 0, COUNT(answers));
	tcase_add_loop_test(t, no_answer_ends_with_the_time, 0, 2);
	tcase_add_test(t, a_refused_connection_says_so);
	tcase_add_test(t, a_long_body_is_kept_as_far_as_there_is_room);
	tcase_add_test(t, no_proxy_of_the_environment_is_used);
	tcase_add_test(t, a_stop_ends_a_request_and_none_comes_after_it);
	tcase_add_test(t, a_ca_file_that_is_not_there_is_told_at_once);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return suite_run(suite());
}
