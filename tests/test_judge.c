/* test_judge.c - who may ask, by the heads of a request and by the peer */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "gateway/web/judge.h"
#include "tests/suite.h"

/* Hosts are judged in test_http.c, over a socket. */
START_TEST(a_host_may_be_one_of_our_names)
{
	static const char *const own[] = {"10.0.0.9", "gateway.estate"};

	ck_assert(judge_host("gateway.estate:8080", own, 2));
	ck_assert(judge_host("Gateway.Estate", own, 2));
	ck_assert(!judge_host("gateway.estate", own, 1));
	ck_assert(!judge_host("estate", own, 2));
	ck_assert(!judge_host("", own, 2));
	ck_assert(!judge_host(":8080", own, 2));
}
END_TEST

static const struct {
	const char *origin, *host;
	bool same;
} origins[] = {
    {"http://localhost:8080", "localhost:8080", true},
    {"HTTP://LocalHost:8080", "localhost:8080", true},
    {"https://gateway.estate", "gateway.estate", true},
    {"http://[::1]:8080", "[::1]:8080", true},
    {"http://localhost:8080", "localhost", false},
    {"http://localhost", "localhost:8080", false},
    {"http://localhost:8080/", "localhost:8080", false},
    {"http://localhost:8080.evil.example", "localhost:8080", false},
    {"http://evil.example", "localhost", false},
    {"http://user@localhost", "localhost", false},
    {"ftp://localhost", "localhost", false},
    {"localhost", "localhost", false},
    {"//localhost", "localhost", false},
    {"null", "localhost", false},
    {"", "localhost", false},
    {"http://", "localhost", false},
    {"http://", "", false},
    {"http://localhost", NULL, false},
};

START_TEST(an_origin_must_be_the_very_host_that_is_asked)
{
	ck_assert_msg(judge_origin(origins[_i].origin, origins[_i].host) ==
		origins[_i].same,
	    "%s", origins[_i].origin);
}
END_TEST

static const struct {
	const char *address;
	bool local;
} peers[] = {
    {"127.0.0.1", true},
    {"127.255.255.254", true},
    {"128.0.0.1", false},
    {"126.255.255.255", false},
    {"192.168.10.5", false},
    {"0.0.0.0", false},
    {"1.0.0.127", false},
    {"::1", true},
    {"::ffff:127.0.0.1", true},
    {"::ffff:192.168.10.5", false},
    {"::127.0.0.1", false},
    {"::", false},
    {"fe80::1", false},
    {"2001:db8::1", false},
    {"7f00::1", false},
};

START_TEST(a_peer_is_on_this_machine_if_its_address_is_the_loops)
{
	const char *address = peers[_i].address;
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const void *peer = &v4;

	if (inet_pton(AF_INET, address, &v4.sin_addr) != 1) {
		ck_assert_int_eq(
		    inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
		peer = &v6;
	}
	ck_assert_msg(judge_peer(peer) == peers[_i].local, "%s", address);
}
END_TEST

static const struct {
	const char *peer, *address;
	bool is;
} proxies[] = {
    {"10.0.0.9", "10.0.0.9", true},
    {"10.0.0.8", "10.0.0.9", false},
    {"::ffff:10.0.0.9", "10.0.0.9", true},
    {"10.0.0.9", "::ffff:10.0.0.9", true},
    {"fd00::5", "fd00::5", true},
    {"fd00::6", "fd00::5", false}, /* of the same net */
    {"::1", "::1", true},
    {"::2", "::1", false},
    {"127.0.0.1", "::1", false},
    {"10.0.0.9", "proxy", false},
    {"10.0.0.9", NULL, false},
};

START_TEST(a_proxy_is_one_address_and_not_its_network)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const void *peer = &v4;

	if (inet_pton(AF_INET, proxies[_i].peer, &v4.sin_addr) != 1) {
		inet_pton(AF_INET6, proxies[_i].peer, &v6.sin6_addr);
		peer = &v6;
	}
	ck_assert_msg(judge_is(peer, proxies[_i].address) == proxies[_i].is,
	    "%s is %s", proxies[_i].peer, proxies[_i].address);
}
END_TEST

START_TEST(a_peer_of_another_family_is_not_on_this_machine)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	ck_assert(!judge_peer((const void *)&a));
}
END_TEST

static const struct {
	const char *name, *value;
	bool good;
} heads[] = {
    {"Host", "localhost", true},
    {"X-a!#$%&'*+-.^_`|~9", "a\tb; \"\xe5\x90\x8d\"", true},
    {"X-empty", "", true},
    {"X-none", NULL, true},
    {"Transfer-Encoding ", "chunked", false},
    {"Transfer-Encoding\t", "chunked", false},
    {" Host", "localhost", false},
    {"", "nothing", false},
    {"X a", "1", false},
    {"X(a)", "1", false},
    {"\xe5\x90\x8d", "1", false},
    {"X-a", "a\rHost: evil.example", false},
    {"X-a", "a\nHost: evil.example", false},
    {"X-a", "\x01", false},
    {"X-a", "\x7f", false},
};

START_TEST(a_head_has_a_token_for_its_name_and_no_control_characters)
{
	ck_assert_msg(
	    judge_head(heads[_i].name, heads[_i].value) == heads[_i].good,
	    "%s: %s", heads[_i].name, heads[_i].value);
}
END_TEST

static const struct {
	const char *type;
	bool json;
} types[] = {
    {"application/json", true},
    {"Application/JSON", true},
    {"application/json; charset=utf-8", true},
    {"application/json;charset=utf-8", true},
    {"application/json ", true},
    {"application/jsonp", false},
    {"application/json+ld", false},
    {"application/json, text/plain", false},
    {" application/json", false},
    {"text/json", false},
    {"text/plain; application/json", false},
    {"application", false},
    {"", false},
};

START_TEST(only_json_is_json)
{
	ck_assert_msg(
	    judge_json(types[_i].type) == types[_i].json, "%s", types[_i].type);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int
main(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("heads");

	tcase_add_test(t, a_host_may_be_one_of_our_names);
	tcase_add_loop_test(t, an_origin_must_be_the_very_host_that_is_asked, 0,
	    COUNT(origins));
	tcase_add_loop_test(t,
	    a_peer_is_on_this_machine_if_its_address_is_the_loops, 0,
	    COUNT(peers));
	tcase_add_test(t, a_peer_of_another_family_is_not_on_this_machine);
	tcase_add_loop_test(t, a_proxy_is_one_address_and_not_its_network, 0,
	    sizeof(proxies) / sizeof(proxies[0]));
	tcase_add_loop_test(t,
	    a_head_has_a_token_for_its_name_and_no_control_characters, 0,
	    sizeof(heads) / sizeof(heads[0]));
	tcase_add_loop_test(t, only_json_is_json, 0, COUNT(types));
	suite_add_tcase(s, t);
	return suite_run(s);
}
