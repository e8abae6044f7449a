/*
 * test_broker_why.c - why there is no connection, in words
 */
#include <stdio.h>
#include <string.h>

#include "gateway/sinks/broker_why.h"
#include "tests/suite.h"

#define NO_TLS "TCP/TLS connect failure"

static const struct {
	struct broker_failure failure;
	const char *why;
} failures[] = {
    {{.version = 3, .code = 1}, "refused: Unsupported Protocol Version"},
    {{.version = 3, .code = 5}, "refused: Not authorized"},
    {{.version = 3, .code = 77}, "refused: for no known reason"},
    {{.version = 5, .code = 135}, "refused: Not authorized"},
    {{.version = 5, .code = 254}, "refused: for no known reason"},
    {{.version = 5, .code = -1, .step = "TCP connect timeout"}, "no answer"},
    {{.version = 5, .code = -1}, "closed without an answer"},
    {{.version = 5, .code = -1, .step = NO_TLS}, "closed without an answer"},
    {{.version = 5, .code = -1, .step = NO_TLS, .tls = true, .host = "b.cn"},
	"TLS: the certificate is not valid for b.cn"},
    {{.code = -1, .step = NO_TLS, .tls = true, .tls_error = "expired"},
	"TLS: expired"},
};

START_TEST(a_failure_is_told_in_words)
{
	char why[BROKER_WHY_MAX];

	broker_why(why, &failures[_i].failure);
	ck_assert_str_eq(why, failures[_i].why);
}
END_TEST

static const char *const lines[][2] = {
    {"80BB:error:0A000086:SSL routines:tls_post:certificate verify failed:"
     "statem.c:1889:\n",
	"certificate verify failed"},
    {"something else\n", "something else"},
    {"a:b:c\n", "a"},
    {"", ""},
};

START_TEST(of_a_line_of_openssl_the_reason_is_kept)
{
	char reason[BROKER_TLS_MAX];

	broker_tls_reason(reason, lines[_i][0], strlen(lines[_i][0]));
	ck_assert_str_eq(reason, lines[_i][1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("broker_why");
	TCase *t = tcase_create("broker_why");

	tcase_add_loop_test(t, a_failure_is_told_in_words, 0,
	    sizeof(failures) / sizeof(failures[0]));
	tcase_add_loop_test(t, of_a_line_of_openssl_the_reason_is_kept, 0,
	    sizeof(lines) / sizeof(lines[0]));
	suite_add_tcase(s, t);
	return suite_run(s);
}
