/* test_yaml.c - from the bytes of a file to values: node, scalar, near, url */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/conf/near.h"
#include "gateway/conf/node.h"
#include "gateway/conf/scalar.h"
#include "gateway/conf/url.h"
#include "tests/suite.h"

/* ---- the tree ---- */

static struct arena *memory;
static struct diag *diag;
static char *told;

static void
start(void)
{
	memory = arena_new();
	diag = diag_new();
}

static void
stop(void)
{
	arena_free(memory);
	diag_free(diag);
	free(told);
	told = NULL;
}

static struct node *
read_bytes(const char *bytes, size_t len)
{
	return node_read("f.yaml", bytes, len, memory, diag);
}

static const char *
what_was_told(void)
{
	size_t size;
	FILE *out = open_memstream(&told, &size);

	diag_print(diag, out);
	fclose(out);
	return told;
}

START_TEST(a_tree_remembers_where_everything_stood)
{
	static const char text[] = "a: 1\nb:\n  - {c: 'x'}\n  - y\n";
	const struct node *root = read_bytes(text, strlen(text));
	const struct node *b = node_get(root, "b"), *c;

	ck_assert_ptr_nonnull(b);
	ck_assert_int_eq(b->kind, NODE_LIST);
	ck_assert_int_eq(b->key_at.line, 2);
	ck_assert_int_eq(b->at.line, 3);
	c = node_get(b->first, "c");
	ck_assert_int_eq(c->at.line, 3);
	ck_assert_int_eq(c->at.col, 9);
	ck_assert_str_eq(c->text, "x");
	ck_assert(c->quoted && !node_get(root, "a")->quoted);
	ck_assert_ptr_null(node_get(root, "z"));
	ck_assert_uint_eq(diag_count(diag), 0);
}
END_TEST

START_TEST(a_mistake_names_place_and_path)
{
	static const char text[] = "a:\n  - {b: [1, 2]}\n";
	const struct node *root = read_bytes(text, strlen(text));
	const struct node *b = node_get(root->first->first, "b");

	node_error(diag, b->last, "is %d", 2);
	node_key_error(diag, b, "is a key");
	ck_assert_str_eq(what_was_told(),
	    "f.yaml:2:6: a[0].b: is a key\n"
	    "f.yaml:2:13: a[0].b[1]: is 2\n");
}
END_TEST

START_TEST(mistakes_come_out_in_the_order_of_the_file)
{
	diag_add(diag, &(struct diag_place){"b", 1, 1}, "", "4");
	diag_add(diag, &(struct diag_place){"a", 10, 1}, "", "3");
	diag_add(diag, &(struct diag_place){"a", 9, 2}, "", "2");
	diag_add(diag, &(struct diag_place){"a", 9, 1}, "p", "1\n<3>x");
	ck_assert_str_eq(what_was_told(),
	    "a:9:1: p: 1?<3>x\na:9:2: 2\na:10:1: 3\nb:1:1: 4\n");
}
END_TEST

START_TEST(a_flood_of_mistakes_is_cut_and_counted)
{
	for (int i = 1; i <= DIAG_MAX + 7; i++)
		diag_add(diag, &(struct diag_place){"a", i, 1}, "", "x");
	ck_assert_uint_eq(diag_count(diag), DIAG_MAX + 7);
	ck_assert_ptr_nonnull(strstr(what_was_told(), "\nand 7 more\n"));
}
END_TEST

/* Files of which no tree, or none without a mistake, can be made. */
static const struct {
	const char *bytes;
	size_t len; /* 0: strlen */
	const char *told;
} refused[] = {
    {"", 0, "f.yaml:1:1: the file is empty"},
    {"# only this\n", 0, "f.yaml:1:1: the file is empty"},
    {"a: 1\na: 2\n", 0,
	"f.yaml:2:1: a: given twice; it already stands in "
	"line 1"},
    {"x: {a: 1, b: 2, \"a\": 3}\n", 0, "f.yaml:1:17: x.a: given twice"},
    {"a: &x 1\n", 0, "f.yaml:1:4: a: anchors (&name) are not supported"},
    {"a: *x\n", 0, "f.yaml:1:4: a: aliases (*name) are not supported"},
    {"a: 1\nb: {<<: *x}\n", 0, "f.yaml:2:9: b.<<: aliases"},
    {"a: !!int 1\n", 0, "f.yaml:1:4: a: tags (!name) are not supported"},
    {"a: ! x\n", 0, "f.yaml:1:4: a: tags"},
    {"a: !!map {}\n", 0, "f.yaml:1:4: a: tags"},
    {"a: 1\n---\nb: 2\n", 0, "f.yaml:2:1: a second document"},
    {"? {a: 1}\n: 2\n", 0, "f.yaml:1:3: a key must be a single word"},
    {"*x : 1\n", 0, "f.yaml:1:1: a key must be a single word"},
    {"a: [1, 2\nb: 3\n", 0, "f.yaml:2:"},
    {"a: 'x\n", 0, "not YAML"},
    {"a:\n\t- b\n", 0, "f.yaml:2:1: not YAML"},
    {"a: 1\n b: 2\n", 0, "f.yaml:2:3: not YAML"},
    {"%YAML 9.9\n---\na: 1\n", 0, "not YAML"},
    {"a: 1\nb: \xff\n", 0, "f.yaml:2:4: byte 0xff is not UTF-8"},
    {"a: \xc0\x80\n", 0, "f.yaml:1:4: byte 0xc0 is not UTF-8"},
    {"a: \xe5\x85\n", 0, "f.yaml:1:4: byte 0xe5 is not UTF-8"},
    {"\xe5\xae\x89: \xed\xa0\x80\n", 0, "f.yaml:1:4: byte 0xed"},
    {"a: x\0y\n", 7, "f.yaml:1:5: control character 0x00"},
    {"a: \x1b[31m\n", 0, "f.yaml:1:4: control character 0x1b"},
    {"a: \"x\\0y\"\n", 0, "f.yaml:1:4: a: contains a NUL character"},
    {"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", 0,
	"f.yaml:1:17: too many lists and maps in one another"},
};

START_TEST(what_is_no_plain_yaml_is_refused_with_its_place)
{
	size_t len = refused[_i].len;

	read_bytes(refused[_i].bytes, len ? len : strlen(refused[_i].bytes));
	ck_assert_uint_eq(diag_count(diag), 1);
	ck_assert_msg(strstr(what_was_told(), refused[_i].told) != NULL,
	    "%s instead of %s", told, refused[_i].told);
}
END_TEST

START_TEST(a_file_larger_than_the_limit_is_not_parsed)
{
	char *bytes = calloc(1, NODE_BYTES_MAX + 2);

	memset(bytes, '\n', NODE_BYTES_MAX + 1);
	ck_assert_ptr_null(read_bytes(bytes, NODE_BYTES_MAX + 1));
	ck_assert_ptr_nonnull(strstr(what_was_told(), "larger than 1048576"));
	free(bytes);
}
END_TEST

START_TEST(a_hundred_thousand_keys_cost_no_square)
{
	char *bytes = NULL;
	size_t len;
	FILE *f = open_memstream(&bytes, &len);

	for (int i = 0; i < 100000; i++)
		fprintf(f, "k%d:\n", i);
	fputs("k77:\n", f);
	fclose(f);
	ck_assert_ptr_nonnull(read_bytes(bytes, len));
	ck_assert_str_eq(what_was_told(),
	    "f.yaml:100001:1: k77: given twice; "
	    "it already stands in line 78\n");
	free(bytes);
}
END_TEST

/* ---- scalars ---- */

static const struct {
	const char *text;
	int64_t value;
} integers[] = {
    {"0", 0},
    {"-0", 0},
    {"12", 12},
    {"-40", -40},
    {"0x0c", 12},
    {"0xFF", 255},
    {"-0x10", -16},
    {"9223372036854775807", INT64_MAX},
};

START_TEST(an_integer_is_read)
{
	int64_t value = -1;

	ck_assert_ptr_null(scalar_integer(integers[_i].text, &value));
	ck_assert_int_eq(value, integers[_i].value);
}
END_TEST

static const char *const no_integers[] = {"", "-", "+1", " 1", "1 ", "010",
    "-01", "00", "1_000", "1,000", "0,1", "1.0", "1e3", "1x", "0x", "0xg",
    "0X1", "0b1", "0o7", "--1", "9223372036854775808", "0x8000000000000000",
    "99999999999999999999999", "\xef\xbc\x91"};

START_TEST(what_only_looks_like_an_integer_is_refused)
{
	int64_t value = 77;

	ck_assert_ptr_nonnull(scalar_integer(no_integers[_i], &value));
	ck_assert_int_eq(value, 77);
}
END_TEST

static const struct {
	const char *text;
	int64_t mantissa;
	unsigned places;
} decimals[] = {
    {"1", 1, 0},
    {"-40", -40, 0},
    {"0.001", 1, 3},
    {"-0.5", -5, 1},
    {"1.0", 1, 0},
    {"2.50", 25, 1},
    {"0.000000000000000001", 1, 18},
    {"0.00", 0, 0},
    {"123456789.123456789", INT64_C(123456789123456789), 9},
};

START_TEST(a_decimal_is_exact)
{
	struct decimal d = {77, 77};

	ck_assert_ptr_null(scalar_decimal(decimals[_i].text, &d));
	ck_assert_int_eq(d.mantissa, decimals[_i].mantissa);
	ck_assert_uint_eq(d.places, decimals[_i].places);
}
END_TEST

static const char *const no_decimals[] = {"", ".", ".5", "5.", "1.2.3", "1,5",
    "1e3", "1e-3", "+1", "00.5", "01", "0x10", "nan", ".nan", "inf", "-", "-.5",
    " 1", "1 ", "1_0", "1234567890123456789", "0.1234567890123456789",
    "1.123456789012345678"};

START_TEST(what_only_looks_like_a_number_is_refused)
{
	struct decimal d;
	double f = 77;

	ck_assert_ptr_nonnull(scalar_decimal(no_decimals[_i], &d));
	ck_assert_ptr_nonnull(scalar_number(no_decimals[_i], &f));
	ck_assert(f > 76);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms;
} durations[] = {
    {"0ms", 0},
    {"200ms", 200},
    {"5s", 5000},
    {"15m", 900000},
    {"1h", 3600000},
    {"30d", INT64_C(2592000000)},
    {"3", -1},
    {"", -1},
    {"s", -1},
    {"5 s", -1},
    {"5S", -1},
    {"-5s", -1},
    {"1.5s", -1},
    {"05s", -1},
    {"5sec", -1},
    {"1h30m", -1},
    {"106751991168d", -1},
    {"99999999999999999999s", -1},
};

START_TEST(a_duration_has_a_unit)
{
	int64_t ms = -1;
	bool good = scalar_duration(durations[_i].text, &ms) == NULL;

	ck_assert_int_eq(good, durations[_i].ms >= 0);
	if (good)
		ck_assert_int_eq(ms, durations[_i].ms);
}
END_TEST

static const struct {
	const char *text;
	int64_t bytes;
} sizes[] = {
    {"64KiB", 65536},
    {"4MiB", 4194304},
    {"2GiB", INT64_C(2147483648)},
    {"64", -1},
    {"64KB", -1},
    {"64kib", -1},
    {"2G", -1},
    {"0.5GiB", -1},
    {"99999999999GiB", -1},
};

START_TEST(a_size_has_a_unit)
{
	int64_t bytes = -1;
	bool good = scalar_size(sizes[_i].text, &bytes) == NULL;

	ck_assert_int_eq(good, sizes[_i].bytes >= 0);
	if (good)
		ck_assert_int_eq(bytes, sizes[_i].bytes);
}
END_TEST

START_TEST(a_time_without_a_unit_is_told_the_units)
{
	int64_t ms;

	ck_assert_str_eq(scalar_duration("3", &ms),
	    "has no unit; write a time such as 200ms, 5s or 15m");
}
END_TEST

START_TEST(bounds_are_told_as_one_would_write_them)
{
	char text[24];

	ck_assert_str_eq(scalar_duration_text(90000, text), "90s");
	ck_assert_str_eq(scalar_duration_text(86400000, text), "1d");
	ck_assert_str_eq(scalar_duration_text(0, text), "0ms");
	ck_assert_str_eq(scalar_size_text(65536, text), "64KiB");
}
END_TEST

static const struct {
	const char *text;
	bool name, path_name;
} names[] = {
    {"lift-3-1", true, true},
    {"3rd_floor", true, true},
    {"meter/schneider-pm5000", false, true},
    {"a/b/c", false, true},
    {"", false, false},
    {"Lift", false, false},
    {"-a", false, false},
    {"_a", false, false},
    {"a b", false, false},
    {"a.b", false, false},
    {"../etc/passwd", false, false},
    {"/a", false, false},
    {"a//b", false, false},
    {"a/", false, false},
    {"\xe6\xa2\xaf", false, false},
    {"a123456789b123456789c123456789d123456789e123456789f123456789abcd", false,
	false},
};

START_TEST(a_name_is_small_letters_and_digits)
{
	ck_assert_int_eq(scalar_name(names[_i].text) == NULL, names[_i].name);
	ck_assert_int_eq(
	    scalar_path_name(names[_i].text) == NULL, names[_i].path_name);
}
END_TEST

START_TEST(a_boolean_is_one_of_two_words)
{
	static const char *const others[] = {
	    "yes", "no", "on", "off", "True", "TRUE", "1", "0", ""};
	bool value;

	ck_assert_ptr_null(scalar_bool("true", &value));
	ck_assert(value);
	ck_assert_ptr_null(scalar_bool("false", &value));
	ck_assert(!value);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_ptr_nonnull(scalar_bool(others[i], &value));
}
END_TEST

/* ---- did you mean ---- */

static const struct {
	const char *text, *best;
} slips[] = {
    {"unti", "unit"},
    {"uint", "unit"},
    {"unt", "unit"},
    {"url", "url"},
    {"ulr", "url"},
    {"fed-by", "fed_by"},
    {"profil", "profile"},
    {"profiles", "profile"},
    {"prof", "profile"},
    {"fed", NULL},
    {"zzz", NULL},
    {"x", NULL},
    {"", NULL},
    {"a-word-far-too-long-to-be-a-slip-of-any-key-there-is", NULL},
};

START_TEST(a_slip_of_the_pen_is_recognized)
{
	static const char *const words[] = {"url", "unit", "fed_by", "profile"};
	struct near n = {.text = slips[_i].text};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		near_try(&n, words[i]);
	if (slips[_i].best)
		ck_assert_str_eq(n.best, slips[_i].best);
	else
		ck_assert_ptr_null(n.best);
}
END_TEST

/* ---- urls ---- */

static const struct {
	const char *url;
	struct driver_line line;
} lines[] = {
    {"rtu:///dev/ttyS0",
	{.scheme = "rtu",
	    .path = "/dev/ttyS0",
	    .baud = 9600,
	    .parity = 'N',
	    .stop_bits = 1}},
    {"rtu:///dev/x?baud=19200&parity=E&stop=2",
	{.scheme = "rtu",
	    .path = "/dev/x",
	    .baud = 19200,
	    .parity = 'E',
	    .stop_bits = 2}},
    {"tcp://192.168.10.20:1502",
	{.scheme = "tcp", .host = "192.168.10.20", .port = 1502}},
    {"tcp://meter-3.example",
	{.scheme = "tcp", .host = "meter-3.example", .port = 502}},
    {"tcp://[fd00::20]:502",
	{.scheme = "tcp", .host = "fd00::20", .port = 502}},
    {"tcp://[fe80::1%eth0]",
	{.scheme = "tcp", .host = "fe80::1%eth0", .port = 502}},
    {"rtu+tcp://192.168.10.21:8899",
	{.scheme = "rtu+tcp",
	    .host = "192.168.10.21",
	    .port = 8899,
	    .baud = 9600,
	    .parity = 'N',
	    .stop_bits = 1}},
    {"rtu+tcp://[fd00::21]:23?baud=19200&parity=O&stop=2",
	{.scheme = "rtu+tcp",
	    .host = "fd00::21",
	    .port = 23,
	    .baud = 19200,
	    .parity = 'O',
	    .stop_bits = 2}},
};

START_TEST(a_bus_is_where_its_url_says)
{
	struct driver_line line = {.timeout_ms = 7}, want = lines[_i].line;
	const char *whys[URL_WHYS_MAX];

	want.timeout_ms = 7;
	ck_assert_uint_eq(url_line(lines[_i].url, &line, whys), 0);
	ck_assert_mem_eq(&line, &want, sizeof(line));
}
END_TEST

static const struct {
	const char *url, *why;
} no_lines[] = {
    {"", "is no url"},
    {"192.168.1.1:502", "is no url"},
    {"rtu:/dev/ttyS0", "is no url"},
    {"TCP://x", "is no url"},
    {"averyveryverylongscheme://x", "scheme nobody knows"},
    {"rtu://dev/ttyS0", "no device path"},
    {"rtu:///", "no device"},
    {"rtu:///dev/x?baud=9601", "baud rate"},
    {"rtu:///dev/x?baud=", "baud rate"},
    {"rtu:///dev/x?baud", "parameter without a value"},
    {"rtu:///dev/x?parity=e", "unknown parity"},
    {"rtu:///dev/x?parity=EE", "unknown parity"},
    {"rtu:///dev/x?stop=3", "stop bits"},
    {"rtu:///dev/x?data=8", "serial lines do not have"},
    {"rtu:///dev/x?baud=9600&&stop=1", "parameter without a value"},
    {"tcp:///dev/x", "no host"},
    {"tcp://", "no valid host"},
    {"tcp://:502", "no valid host"},
    {"tcp://h:0", "no valid port"},
    {"tcp://h:65536", "no valid port"},
    {"tcp://h:5o2", "no valid port"},
    {"tcp://h:", "no valid port"},
    {"tcp://h:-1", "no valid port"},
    {"tcp://h/x", "something behind the host"},
    {"tcp://h:502?unit=1", "a connection has not"},
    {"tcp://[::1", "no valid host"},
    {"tcp://[]:1", "no valid host"},
    {"tcp://[meter]:1", "no valid host"},
    {"tcp://[fd00::20]502", "something behind the host"},
    {"tcp://fd00::20", "no valid port"},
    {"tcp://a b", "something behind the host"},
    {"rtu+tcp://h", "has no port, and no port is usual"},
    {"rtu+tcp://h?baud=9600", "has no port, and no port is usual"},
    {"rtu+tcp://h:0", "no valid port"},
    {"rtu+tcp://:8899", "no valid host"},
    {"rtu+tcp:///dev/x", "has no host; write rtu+tcp://HOST:PORT"},
    {"rtu+tcp://h:8899?baud=9601", "baud rate"},
    {"rtu+tcp://h:8899?parity=e", "unknown parity"},
    {"rtu+tcp://h:8899?unit=1", "serial lines do not have"},
    {"rtu+tcp://h:8899/x", "no valid port"},
};

START_TEST(what_is_no_bus_is_refused_with_the_right_form)
{
	struct driver_line line = {.scheme = ""};
	const char *whys[URL_WHYS_MAX];

	ck_assert_uint_eq(url_line(no_lines[_i].url, &line, whys), 1);
	ck_assert_msg(strstr(whys[0], no_lines[_i].why) != NULL, "%s", whys[0]);
}
END_TEST

static const struct {
	const char *url;
	const char *whys[URL_WHYS_MAX];
} all_wrong[] = {
    {"rtu:///?baud=1&parity=x&stop=9&unit=3&last",
	{"has no device", "baud rate", "unknown parity", "stop bits",
	    "serial lines do not have", "without a value"}},
    {"rtu://dev/x?baud=1&baud=2", {"no device path", "baud rate", "twice"}},
    {"rtu+tcp://h:99999?parity=x", {"no valid port", "unknown parity"}},
    {"rtu+tcp://h?stop=0", {"no port is usual", "stop bits"}},
    {"tcp://h:0?baud=9600", {"no valid port", "a connection has not"}},
    {"tcp:///dev/x?baud=1", {"no host", "a connection has not"}},
};

START_TEST(a_bus_is_told_all_that_is_wrong_with_it)
{
	struct driver_line line = {.scheme = ""};
	const char *whys[URL_WHYS_MAX];
	size_t count = url_line(all_wrong[_i].url, &line, whys), i = 0;

	for (; i < URL_WHYS_MAX && all_wrong[_i].whys[i] != NULL; i++) {
		ck_assert_uint_lt(i, count);
		ck_assert_msg(strstr(whys[i], all_wrong[_i].whys[i]) != NULL,
		    "%s", whys[i]);
	}
	ck_assert_uint_eq(count, i);
}
END_TEST

START_TEST(only_this_machine_is_loopback)
{
	static const char *const here[] = {
	    "127.0.0.1", "127.9.9.9", "::1", "localhost"};
	static const char *const elsewhere[] = {"0.0.0.0", "::", "10.0.0.1",
	    "128.0.0.1", "::2", "localhost.example", "127.0.0.1.example", ""};

	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++)
		ck_assert_msg(url_loopback(here[i]), "%s", here[i]);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		ck_assert_msg(!url_loopback(elsewhere[i]), "%s", elsewhere[i]);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *
suite(void)
{
	Suite *s = suite_create("yaml");
	TCase *tree = tcase_create("tree"), *t = tcase_create("values");

	tcase_add_checked_fixture(tree, start, stop);
	tcase_add_test(tree, a_tree_remembers_where_everything_stood);
	tcase_add_test(tree, a_mistake_names_place_and_path);
	tcase_add_test(tree, mistakes_come_out_in_the_order_of_the_file);
	tcase_add_test(tree, a_flood_of_mistakes_is_cut_and_counted);
	tcase_add_loop_test(tree,
	    what_is_no_plain_yaml_is_refused_with_its_place, 0, ROWS(refused));
	tcase_add_test(tree, a_file_larger_than_the_limit_is_not_parsed);
	tcase_add_test(tree, a_hundred_thousand_keys_cost_no_square);
	tcase_add_loop_test(t, an_integer_is_read, 0, ROWS(integers));
	tcase_add_loop_test(t, what_only_looks_like_an_integer_is_refused, 0,
	    ROWS(no_integers));
	tcase_add_loop_test(t, a_decimal_is_exact, 0, ROWS(decimals));
	tcase_add_loop_test(
	    t, what_only_looks_like_a_number_is_refused, 0, ROWS(no_decimals));
	tcase_add_loop_test(t, a_duration_has_a_unit, 0, ROWS(durations));
	tcase_add_loop_test(t, a_size_has_a_unit, 0, ROWS(sizes));
	tcase_add_test(t, a_time_without_a_unit_is_told_the_units);
	tcase_add_test(t, bounds_are_told_as_one_would_write_them);
	tcase_add_loop_test(
	    t, a_name_is_small_letters_and_digits, 0, ROWS(names));
	tcase_add_test(t, a_boolean_is_one_of_two_words);
	tcase_add_loop_test(t, a_slip_of_the_pen_is_recognized, 0, ROWS(slips));
	tcase_add_loop_test(t, a_bus_is_where_its_url_says, 0, ROWS(lines));
	tcase_add_loop_test(t, what_is_no_bus_is_refused_with_the_right_form, 0,
	    ROWS(no_lines));
	tcase_add_loop_test(
	    t, a_bus_is_told_all_that_is_wrong_with_it, 0, ROWS(all_wrong));
	tcase_add_test(t, only_this_machine_is_loopback);
	suite_add_tcase(s, tree);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(suite());
}
