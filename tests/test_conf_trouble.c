/* test_conf_trouble.c - many mistakes at once, secrets, and traps */
#include "tests/conf_help.h"
#include "tests/suite.h"

/* ---- many mistakes ---- */

START_TEST(three_mistakes_in_two_files_are_three_sentences)
{
	char want[256];

	put("profiles/p.yaml",
	    "profile: p\nkind: water\n"
	    "points: {a: {at: \"input:65536\"}, b: {at: \"coil:1\", unit: V}}\n",
	    0600);
	ck_assert_ptr_null(read_file(put("riser.yaml",
	    HEAD "devices:\n"
		 "  - {id: a, profile: p, bus: net, unit: 1}\n"
		 "  - {id: b, profile: p, bus: net, unti: 2, unit: 3}\n",
	    0600)));
	ck_assert_uint_eq(told_lines(), 3);
	snprintf(
	    want, sizeof(want), "%s/profiles/p.yaml:3:18: points.a.at: ", dir);
	ck_assert_ptr_nonnull(strstr(told, want));
	snprintf(want, sizeof(want),
	    "%s/profiles/p.yaml:3:52: points.b.unit: ", dir);
	ck_assert_ptr_nonnull(strstr(told, want));
	snprintf(
	    want, sizeof(want), "%s/riser.yaml:7:35: devices[1].unti: ", dir);
	ck_assert_ptr_nonnull(strstr(told, want));
}
END_TEST

START_TEST(what_follows_from_a_mistake_is_not_told)
{
	ck_assert_ptr_null(read_text(
	    "site: {id: s}\n"
	    "buses: [{id: Net, url: \"tcp:/x\"}]\n"
	    "devices: [{id: D, " METER ", bus: Net, unit: 1x, fed_by: D}]\n"));
	/* Net and D twice each, where they are and where they are named; and
	 * url, unit, fed_by itself. */
	ck_assert_uint_eq(told_lines(), 7);
	ck_assert_ptr_null(strstr(told, "no bus"));
	ck_assert_ptr_null(strstr(told, "no device"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_one_sentence)
{
	ck_assert_ptr_null(read_file("/nowhere/riser.yaml"));
	ck_assert_str_eq(told,
	    "/nowhere/riser.yaml:1:1: cannot be read: No "
	    "such file or directory\n");
	ck_assert_ptr_null(read_file(dir));
	ck_assert_ptr_nonnull(strstr(told, "Is a directory"));
	ck_assert_ptr_null(read_file("/dev/zero"));
	ck_assert_ptr_nonnull(strstr(told, "no regular file"));
}
END_TEST

START_TEST(a_file_of_the_wrong_kind_is_refused_at_its_first_byte)
{
	ck_assert_ptr_null(read_file("/proc/self/exe"));
	ck_assert_uint_eq(told_lines(), 1);
}
END_TEST

/* ---- secrets ---- */

static struct conf *
read_with_password(const char *file, const char *url)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "site: {id: s}\n"
	    "mqtt: {url: \"%s\", username: u, password_file: %s}\n",
	    url, file);
	return read_text(text);
}

START_TEST(a_password_is_its_file_without_the_last_line_break)
{
	struct conf *c =
	    read_with_password(put("secret", "geheim 1 \n", 0600), "mqtts://b");

	ck_assert_msg(c != NULL, "%s", told);
	ck_assert_str_eq(c->mqtt.password, "geheim 1 ");
	conf_free(c);
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	const char *url, *piece;
} secrets[] = {
    {"x\n", 0644, "mqtts://b", "may be read by others (mode 0644); run chmod"},
    {"x\n", 0640, "mqtts://b", "may be read by others"},
    {"x\n", 0602, "mqtts://b", "may be read by others"},
    {"", 0600, "mqtts://b", "is empty"},
    {"\n", 0600, "mqtts://b", "is empty"},
    {"a\nb\n", 0600, "mqtts://b", "more than one line"},
    {"a\r\n", 0600, "mqtts://b", "more than one line"},
    {"x\n", 0600, "mqtt://10.0.0.1", "would send the password in the clear"},
    {"x\n", 0600, "mqtt://10.0.0.1\", allow_plaintext: true, prefix: \"p",
	"would send the password in the clear"},
};

START_TEST(a_token_is_not_sent_in_the_clear_even_if_that_is_meant)
{
	char text[300];

	snprintf(text, sizeof(text),
	    "site: {id: s}\ninflux: {url: \"http://10.0.0.1/write\", "
	    "allow_plaintext: true, token_file: \"%s\"}\n",
	    put("secret", "geheim", 0600));
	ck_assert_ptr_null(read_text(text));
	ck_assert_uint_eq(told_lines(), 1);
	ck_assert_msg(
	    strstr(told, "would send the token in the clear; write https://") !=
		NULL,
	    "%s", told);
	ck_assert_ptr_null(strstr(told, "geheim"));
}
END_TEST

START_TEST(a_secret_that_is_none_is_refused)
{
	struct conf *c = read_with_password(
	    put("secret", secrets[_i].text, secrets[_i].mode), secrets[_i].url);

	ck_assert_ptr_null(c);
	ck_assert_uint_eq(told_lines(), 1);
	ck_assert_msg(strstr(told, secrets[_i].piece) != NULL, "%s", told);
	ck_assert_ptr_null(strstr(told, "geheim"));
}
END_TEST

START_TEST(a_secret_that_is_no_file_is_refused)
{
	ck_assert_ptr_null(read_with_password(dir, "mqtts://b"));
	ck_assert_ptr_nonnull(strstr(told, "is no regular file"));
	ck_assert_ptr_null(read_with_password("nowhere", "mqtts://b"));
	ck_assert_ptr_nonnull(
	    strstr(told, "cannot be read at config/nowhere: No such file"));
}
END_TEST

START_TEST(a_credential_of_systemd_is_found_by_its_name)
{
	struct conf *c;

	put("broker", "geheim", 0440);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	c = read_with_password("broker", "mqtts://b");
	ck_assert_msg(c != NULL, "%s", told);
	ck_assert_str_eq(c->mqtt.password, "geheim");
	conf_free(c);
}
END_TEST

START_TEST(a_readable_file_is_no_credential_for_lying_beside_them)
{
	char sub[64];

	snprintf(
	    sub, sizeof(sub), "%s/prof", dir); /* profiles lies there too */
	ck_assert_int_eq(mkdir(sub, 0700), 0);
	setenv("CREDENTIALS_DIRECTORY", sub, 1);
	ck_assert_ptr_null(
	    read_with_password(put("profiles/broker", "x", 0644), "mqtts://b"));
	ck_assert_ptr_nonnull(strstr(told, "may be read by others"));
}
END_TEST

START_TEST(the_key_of_a_certificate_is_a_secret)
{
	char text[512];

	put("client.key", "x", 0644);
	put("client.pem", "x", 0644);
	snprintf(text, sizeof(text),
	    "site: {id: s}\nmqtt: {url: \"mqtts://b\", "
	    "cert_file: %s/client.pem, key_file: %s/client.key}\n",
	    dir, dir);
	ck_assert_ptr_null(read_text(text));
	ck_assert_ptr_nonnull(strstr(told, "mqtt.key_file: "));
	put("client.key", "x", 0600);
	conf_free(read_good(text));
}
END_TEST

/* ---- traps ---- */

/* A building's entry, which lacks nothing. */
#define ENTRY WATER ", place: {floors: 6}"

#define FALLING                                                                \
	DEVICES                                                                \
	"  - {id: a, " ENTRY ", bus: net, unit: 1, points: "                   \
	"{pressure: {every: 5s}},\n    derive: {falling: \"drop(pressure, "    \
	"1s) - rate(pressure, "
#define REST ")\"}}\n"

static const struct {
	const char *text;
	int count;
	const char *piece;
} traps[] = {
    {HEAD, 1, "t.yaml:1: warning: no devices"},
    {ONE, 3,
	"t.yaml:6: warning: tx-1: load is not computed without rating.kva\n"},
    {ONE, 3, "tx-1: load_worst_phase is not computed without rating.in\n"},
    {DEVICES "  - {id: t, " METER ", bus: net, unit: 1, rating: {kva: 630}}\n",
	0, ""},
    {DEVICES "  - {id: a, " ENTRY ", bus: net, unit: 1}\n"
	     "  - {id: b, " ENTRY ", bus: net, unit: 1}\n",
	1,
	"t.yaml:7: warning: devices a and b have the same unit 1 on bus net"},
    {DEVICES "  - {id: a, " ENTRY ", bus: net, unit: 1}\n"
	     "  - {id: b, " ENTRY ", bus: line, unit: 1}\n",
	0, ""},
    {"site: {id: s}\nbuses: [{id: a, url: \"rtu:///dev/ttyUSB0\"}]\n"
     "devices: [{id: b, " ENTRY ", bus: a, unit: 1}]\n",
	1, "t.yaml:2: warning: bus a: /dev/ttyUSB0 can be another adapter"},
    {HEAD "  - {id: again, url: \"tcp://127.0.0.1:502\"}\n"
	  "devices: [{id: b, " ENTRY ", bus: net, unit: 1}]\n",
	1, "t.yaml:5: warning: buses net and again are the same port"},
    {HEAD "  - {id: again, url: \"rtu+tcp://127.0.0.1:502\"}\n"
	  "devices: [{id: b, " ENTRY ", bus: net, unit: 1}]\n",
	1, "t.yaml:5: warning: buses net and again are the same port"},
    {"site: {id: s}\nbuses: [{id: slow, url: \"rtu:///dev/a?baud=300\"}]\n"
     "devices: [{id: b, " LIFT ", bus: slow, unit: 1}]\n",
	1,
	"t.yaml:2: warning: bus slow cannot keep its periods: to ask everything "
	"once takes "},
    {"site: {id: s}\nbuses: [{id: slow, url: \"rtu:///dev/a?baud=9600\"}]\n"
     "devices: [{id: a, " LIFT ", bus: slow, unit: 1}, {id: b, " LIFT
     ", bus: slow, unit: 2}, {id: c, " LIFT
     ", bus: slow, unit: 3}, {id: d, " LIFT
     ", bus: slow, unit: 4}, {id: e, " LIFT ", bus: slow, unit: 5}]\n",
	1, "t.yaml:2: warning: bus slow will hardly keep its periods: "},
    {DEVICES "  - {id: a, " ENTRY ", bus: net, unit: 1, alarms: {leak: "
	     "{when: pressure < 0, suppress: \"rate(pressure, 1s) > 1\", "
	     "severity: P3, text: x}}}\n",
	1, "t.yaml:6: warning: a: leak asks for rate(pressure, 1s)"},
    {DEVICES "  - {id: a, " WATER ", bus: net, unit: 1}\n", 3,
	"t.yaml:6: warning: a: low_pressure is not watched without "
	"place.floors; give place: {floors: 6}, or take the alarm away with "
	"enabled: false\n"},
    {DEVICES "  - {id: a, " WATER
	     ", bus: net, unit: 1, alarms: {low_pressure: {enabled: false}, "
	     "low_pressure_long: {enabled: false}, high_pressure: {enabled: "
	     "false}}}\n",
	0, ""},
    {DEVICES "  - {id: hot, profile: transformer/huasenda-bwdk, bus: net, "
	     "unit: 1}\n  - {id: l, " LIFT
	     ", bus: net, unit: 2, fed_by: hot}\n",
	1,
	"t.yaml:6: warning: hot feeds lifts and measures no voltage: a power "
	"cut is only suspected, when it falls silent together with one of "
	"them; write fed_by: the meter\n"},
    {FALLING "10s" REST, 0, ""},
    {FALLING "9999ms" REST, 1,
	"t.yaml:6: warning: a: falling asks for rate(pressure, 9999ms), which "
	"will often have no value: pressure is read every 5s; write 10s or "
	"more, or read it more often"},
};

/* Told how many things. */
static int
warned_of(const struct conf *c)
{
	size_t size;
	FILE *out;
	int count;

	free(told);
	out = open_memstream(&told, &size);
	count = conf_warn(c, out);
	fclose(out);
	return count;
}

START_TEST(a_trap_is_a_warning)
{
	struct conf *c = read_good(traps[_i].text);

	ck_assert_int_eq(warned_of(c), traps[_i].count);
	ck_assert_msg(strstr(told, traps[_i].piece) != NULL, "%s", told);
	ck_assert_int_eq((int)told_lines(), traps[_i].count);
	conf_free(c);
}
END_TEST

START_TEST(a_device_whose_pauses_are_longer_than_its_periods_is_told)
{
	struct conf *c;

	for (int slow = 0; slow < 2; slow++) {
		char text[256];

		snprintf(text, sizeof(text),
		    "profile: p\ntitle: p\nkind: water\nverified: C\nsource: x\n"
		    "modbus: {min_gap_time: %dms}\npoints:\n"
		    "  a: {at: \"input:0\", type: u16, every: 1s}\n"
		    "  b: {at: \"holding:0\", type: u16, every: 1s}\n",
		    slow ? 600 : 300);
		c = read_with(text,
		    HEAD "devices: [{id: a, profile: p, bus: net, unit: 1}]\n");
		warned_of(c);
		ck_assert_msg((strstr(told,
				   "a cannot keep its periods: its 2 "
				   "requests take 1.21 s") != NULL) == slow,
		    "%s", told);
		conf_free(c);
	}
}
END_TEST

static TCase *
trouble_case(void)
{
	TCase *t = tcase_create("trouble");

	tcase_add_checked_fixture(t, make_dir, remove_dir);
	tcase_add_test(t, three_mistakes_in_two_files_are_three_sentences);
	tcase_add_test(t, what_follows_from_a_mistake_is_not_told);
	tcase_add_test(t, a_file_that_cannot_be_read_is_one_sentence);
	tcase_add_test(
	    t, a_file_of_the_wrong_kind_is_refused_at_its_first_byte);
	tcase_add_test(t, a_password_is_its_file_without_the_last_line_break);
	tcase_add_test(
	    t, a_token_is_not_sent_in_the_clear_even_if_that_is_meant);
	tcase_add_loop_test(
	    t, a_secret_that_is_none_is_refused, 0, ROWS(secrets));
	tcase_add_test(t, a_secret_that_is_no_file_is_refused);
	tcase_add_test(t, a_credential_of_systemd_is_found_by_its_name);
	tcase_add_test(
	    t, a_readable_file_is_no_credential_for_lying_beside_them);
	tcase_add_test(t, the_key_of_a_certificate_is_a_secret);
	tcase_add_loop_test(t, a_trap_is_a_warning, 0, ROWS(traps));
	tcase_add_test(
	    t, a_device_whose_pauses_are_longer_than_its_periods_is_told);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("conf_trouble");

	suite_add_tcase(s, trouble_case());
	return suite_run(s);
}
