/*
 * test_broker_url.c - what is a broker's address and what is not
 */
#include <check.h>
#include <stdlib.h>

#include "gateway/sinks/broker_url.h"
#include "tests/suite.h"

static const struct {
	const char *url, *host, *uri;
} good[] = {
    {"mqtt://a", "a", "tcp://a:1883"},
    {"mqtts://a", "a", "ssl://a:8883"},
    {"mqtts://broker.example:8884/", "broker.example",
	"ssl://broker.example:8884"},
    {"mqtt://127.0.0.1:1", "127.0.0.1", "tcp://127.0.0.1:1"},
    {"mqtt://a:65535", "a", "tcp://a:65535"},
    {"mqtt://[::1]", "::1", "tcp://[::1]:1883"},
    {"mqtts://[fe80::1]:99", "fe80::1", "ssl://[fe80::1]:99"},
};

static const char *const bad[] = {
    "",
    "mqtt",
    "mqtt:",
    "mqtt://",
    "mqtts://",
    "mqtt:///",
    "tcp://a:1883",
    "http://a",
    "MQTT://a",
    "mqtt://:1883",
    "mqtt://a:",
    "mqtt://a:0",
    "mqtt://a:65536",
    "mqtt://a:100000",
    "mqtt://a:12x",
    "mqtt://a:-1",
    "mqtt://a/b",
    "mqtt://a?b",
    "mqtt://a b",
    "mqtt://user@a",
    "mqtt://user:secret@a",
    "mqtt://[::1",
    "mqtt://[]",
    "mqtt://[::1]x",
    "mqtt://::1",
    "mqtt://a//",
};

START_TEST(an_address_is_taken_apart)
{
	struct broker_url u;

	ck_assert(broker_url_parse(&u, good[_i].url));
	ck_assert_str_eq(u.host, good[_i].host);
	ck_assert_str_eq(u.uri, good[_i].uri);
	ck_assert_int_eq(u.tls, good[_i].uri[0] == 's');
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	struct broker_url u;

	ck_assert_msg(!broker_url_parse(&u, bad[_i]), "%s", bad[_i]);
}
END_TEST

START_TEST(a_name_longer_than_any_is_refused)
{
	char url[400] = "mqtt://";
	struct broker_url u;

	for (int i = 7; i < 399; i++)
		url[i] = 'a';
	ck_assert(!broker_url_parse(&u, url));
	url[7 + BROKER_HOST_MAX] = '\0';
	ck_assert(!broker_url_parse(&u, url));
	url[7 + BROKER_HOST_MAX - 1] = '\0';
	ck_assert(broker_url_parse(&u, url));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("broker_url");
	TCase *t = tcase_create("broker_url");

	tcase_add_loop_test(
	    t, an_address_is_taken_apart, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(
	    t, what_is_no_address_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, a_name_longer_than_any_is_refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
