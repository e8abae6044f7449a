/* test_conf_web.c - the `web` of a configuration: who may listen where, its
 * certificates and users */
#include "gateway/base/clock.h"
#include "tests/conf_help.h"
#include "tests/suite.h"
#include "tests/tls_help.h"

#define SITE "site: {id: s}\n"
#define WEB(text) SITE "web: {" text "}\n"
#define OPEN "listen: \"0.0.0.0:80\""
#define TLS "cert_file: web.crt, key_file: web.key"
#define USER                                                                   \
	"wang:duty:$y$j75$YZdkbPvE19Piq93vTn.871$"                             \
	"b7.UP06NuN1JU0FvQ90fhR0BBq32IgsvxSD1knuQYj.:W\n"

static void
setup(void)
{
	make_dir();
	tls_make(dir, "web", 100);
	tls_make(dir, "other", 100);
	tls_make(dir, "soon", 7);
	put("users", USER, 0600);
}

static struct conf *
read_web(const char *text)
{
	return read_file(put("riser.yaml", text, 0600));
}

static struct conf *
good(const char *text)
{
	struct conf *c = read_web(text);

	ck_assert_msg(c != NULL, "%s: %s", text, told);
	return c;
}

/* ---- what is right ---- */

START_TEST(on_loopback_nothing_else_is_needed)
{
	struct conf *c = good(WEB(""));

	ck_assert_str_eq(c->web.listen, "127.0.0.1:8080");
	ck_assert_ptr_null(c->web.users_file);
	ck_assert_ptr_null(c->web.cert);
	ck_assert_ptr_null(c->web.trusted_proxy);
	ck_assert(!c->web.allow_plaintext);
	ck_assert_uint_eq(c->web.host_count, 0);
	conf_free(c);
}
END_TEST

START_TEST(a_certificate_brings_its_names_and_its_time)
{
	struct conf *c = good(WEB(
	    OPEN ", users_file: users, " TLS ", hosts: [a.lan, Gateway.lan]"));
	int64_t days = (c->web.cert_until_ms - clock_wall_ms()) / 86400000;

	ck_assert_uint_eq(c->web.host_count, 3);
	ck_assert_str_eq(c->web.hosts[0], "a.lan");
	ck_assert_str_eq(c->web.hosts[2], "gateway.lan");
	ck_assert_ptr_nonnull(strstr(c->web.cert, "BEGIN CERTIFICATE"));
	ck_assert_ptr_nonnull(strstr(c->web.key, "PRIVATE KEY"));
	ck_assert(days == 99 || days == 100);
	ck_assert_int_eq(conf_warn(c, stderr), 1); /* no devices */
	conf_free(c);
}
END_TEST

static const char *const fine[] = {
    WEB(OPEN ", users_file: users, trusted_proxy: \"10.0.0.9\""),
    WEB("listen: \"[::]:80\", users_file: users, trusted_proxy: \"fd00::1\""),
    WEB(OPEN ", allow_plaintext: true"),
    WEB(OPEN ", allow_plaintext: true, users_file: users, trusted_proxy: "
	     "\"10.0.0.9\""),
    WEB(TLS),
    WEB("users_file: nobody-yet"),
    WEB("allow_plaintext: false"),
};

START_TEST(what_is_protected_may_be_open)
{
	conf_free(good(fine[_i]));
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	const char *text, *place, *piece;
} faults[] = {
    {WEB(OPEN), "2:15", "is open to other machines: add cert_file"},
    {WEB(OPEN ", users_file: users"), "2:15", "is open to other machines"},
    {WEB(OPEN ", " TLS), "2:15", "one must log in: add users_file"},
    {WEB(OPEN ", trusted_proxy: \"10.0.0.9\""), "2:15", "add users_file"},
    {WEB(OPEN ", users_file: users, " TLS ", allow_plaintext: true"), "2:87",
	"is of no use beside cert_file"},
    {WEB("allow_plaintext: true"), "2:7", "is of no use on loopback"},
    {WEB("allow_plaintext: yes"), "2:24", "is neither true nor false"},
    {WEB("cert_file: web.crt"), "2:7", "of no use alone; add key_file:"},
    {WEB("key_file: web.key"), "2:7", "of no use alone; add cert_file:"},
    {WEB("cert_file: web.crt, key_file: other.key"), "2:37",
	"is not the key of the certificate in cert_file"},
    {WEB("cert_file: web.key, key_file: web.key"), "2:18",
	"is no certificate: it must begin with -----BEGIN CERTIFICATE"},
    {WEB("cert_file: web.crt, key_file: web.crt"), "2:37", "is no private key"},
    {WEB("cert_file: web.crt, key_file: nowhere"), "2:37", "cannot be read at"},
    {WEB("trusted_proxy: proxy.lan"), "2:22", "is no address"},
    {WEB("trusted_proxy: \"10.0.0.0/8\""), "2:22", "is no address"},
    {WEB("hosts: gateway.lan"), "2:14", "write a list"},
    {WEB("hosts: [\"gateway.lan:80\"]"), "2:15", "without a port"},
    {WEB("hosts: [\"http://a\"]"), "2:15", "is no host's name"},
    {WEB("hosts: [\"\"]"), "2:15", ""},
    {WEB("hosts: [{a: b}]"), "2:15", ""},
    {WEB("user_file: users"), "2:7", "did you mean \"users_file\"?"},
};

START_TEST(each_mistake_is_told_at_its_place)
{
	char file[64];

	snprintf(file, sizeof(file), "%s/riser.yaml", dir);
	ck_assert_msg(
	    read_web(faults[_i].text) == NULL, "%s is fine", faults[_i].text);
	assert_told(file, faults[_i].place, faults[_i].piece);
}
END_TEST

START_TEST(a_key_that_others_may_read_is_refused)
{
	char command[128];

	snprintf(command, sizeof(command), "chmod 644 %s/web.key", dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_ptr_null(read_web(WEB(TLS)));
	ck_assert_ptr_nonnull(
	    strstr(told, "may be read by others (mode 0644); run chmod 600"));
}
END_TEST

START_TEST(users_that_others_may_read_are_refused)
{
	put("users", USER, 0644);
	ck_assert_ptr_null(read_web(WEB("users_file: users")));
	ck_assert_ptr_nonnull(strstr(told, "may be read by others"));
}
END_TEST

/* ---- what is no mistake, but will bite ---- */

static char *
warnings(const char *text)
{
	struct conf *c = good(text);
	char *said = NULL;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	conf_warn(c, out);
	fclose(out);
	conf_free(c);
	return said;
}

START_TEST(an_expired_certificate_is_a_warning_and_the_gateway_polls)
{
	char *said;

	tls_make(dir, "web", -1);
	said = warnings(WEB(TLS));
	ck_assert_msg(strstr(said,
			  "riser.yaml:2: warning: the certificate in "
			  "web.cert_file expired on 20") != NULL,
	    "%s", said);
	free(said);
	said = warnings(WEB("cert_file: soon.crt, key_file: soon.key"));
	ck_assert_ptr_nonnull(strstr(said, "expires on 20"));
	free(said);
}
END_TEST

static const struct {
	const char *users, *says;
} lacks[] = {
    {NULL, "is not there yet, so nobody can log in; make it: riser passwd"},
    {"", "has no users, so nobody can log in"},
    {"wang\n", "nobody can log in: "},
};

START_TEST(users_that_are_not_there_are_a_warning)
{
	char path[128], *said;

	if (lacks[_i].users != NULL)
		put("users", lacks[_i].users, 0600);
	else {
		snprintf(path, sizeof(path), "%s/users", dir);
		unlink(path);
	}
	said = warnings(WEB("users_file: users"));
	ck_assert_msg(strstr(said, lacks[_i].says) != NULL, "%s", said);
	free(said);
}
END_TEST

/* ---- what a reload sees ---- */

static const char *const others[] = {
    WEB("listen: \"127.0.0.1:81\""),
    WEB("users_file: users"),
    WEB(TLS),
    WEB("trusted_proxy: \"127.0.0.1\""),
    WEB("hosts: [a.lan]"),
};

START_TEST(another_web_is_another_for_a_reload)
{
	struct conf *a = good(WEB("")), *b = good(others[_i]);
	struct conf *same = good(others[_i]);

	ck_assert(!conf_same_web(a, b));
	ck_assert(conf_same_web(b, same));
	conf_free(a);
	conf_free(b);
	conf_free(same);
}
END_TEST

START_TEST(a_renewed_certificate_is_another_for_a_reload)
{
	struct conf *a = good(WEB(TLS)), *b;

	tls_make(dir, "web", 200);
	b = good(WEB(TLS));
	ck_assert(!conf_same_web(a, b));
	conf_free(a);
	conf_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf_web");
	TCase *t = tcase_create("web");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, remove_dir);
	tcase_add_test(t, on_loopback_nothing_else_is_needed);
	tcase_add_test(t, a_certificate_brings_its_names_and_its_time);
	tcase_add_loop_test(t, what_is_protected_may_be_open, 0, ROWS(fine));
	tcase_add_loop_test(
	    t, each_mistake_is_told_at_its_place, 0, ROWS(faults));
	tcase_add_test(t, a_key_that_others_may_read_is_refused);
	tcase_add_test(t, users_that_others_may_read_are_refused);
	tcase_add_test(
	    t, an_expired_certificate_is_a_warning_and_the_gateway_polls);
	tcase_add_loop_test(
	    t, users_that_are_not_there_are_a_warning, 0, ROWS(lacks));
	tcase_add_loop_test(
	    t, another_web_is_another_for_a_reload, 0, ROWS(others));
	tcase_add_test(t, a_renewed_certificate_is_another_for_a_reload);
	suite_add_tcase(s, t);
	return suite_run(s);
}
