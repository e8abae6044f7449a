/*
 * test_log.c - a line is one line, whoever wrote the text in it
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/log.h"
#include "tests/suite.h"

#define THREADS 4
#define LINES 50 /* of each thread; all of them fit the pipe */

static int pipe_fds[2], saved_stderr;
static char seen[65536];

/* stderr becomes a pipe; there is no journal unless a test says so. */
static void
setup(void)
{
	ck_assert_int_eq(pipe(pipe_fds), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(pipe_fds[1], STDERR_FILENO);
	close(pipe_fds[1]);
	unsetenv("JOURNAL_STREAM");
	unsetenv("RISER_DEBUG");
}

static void
teardown(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fds[0]);
}

/* All that was logged; ends the pipe. */
static const char *
read_all(void)
{
	size_t len = 0;
	ssize_t n;

	dup2(saved_stderr, STDERR_FILENO);
	while ((n = read(pipe_fds[0], seen + len, sizeof(seen) - 1 - len)) > 0)
		len += (size_t)n;
	seen[len] = '\0';
	return seen;
}

static void
claim_journal(unsigned long long off_by)
{
	struct stat st;
	char stream[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)(st.st_ino + off_by));
	setenv("JOURNAL_STREAM", stream, 1);
}

static void
log_one_of_each(void)
{
	setenv("RISER_DEBUG", "1", 1);
	log_error("bus %d", 1);
	log_warn("bus %d", 2);
	log_info("bus %d", 3);
	log_debug("bus %d", 4);
}

START_TEST(people_get_words)
{
	log_one_of_each();
	ck_assert_str_eq(
	    read_all(), "error: bus 1\nwarning: bus 2\nbus 3\ndebug: bus 4\n");
}
END_TEST

START_TEST(the_journal_gets_priorities)
{
	claim_journal(0);
	log_one_of_each();
	ck_assert_str_eq(
	    read_all(), "<3>bus 1\n<4>bus 2\n<6>bus 3\n<7>bus 4\n");
}
END_TEST

/* As a configuration's mistakes and warnings are written. */
static void
log_streams(void)
{
	FILE *out = log_error_stream();

	fprintf(out, "a.yaml:%d: ", 1);
	fputs("wrong\na.yaml:2: wrong, too\n", out);
	fclose(out);
	out = log_warn_stream();
	fputs("a.yaml:3: warning: odd", out);
	fclose(out);
}

START_TEST(people_get_a_streams_lines_as_they_stand)
{
	log_streams();
	ck_assert_str_eq(read_all(),
	    "a.yaml:1: wrong\na.yaml:2: wrong, too\n"
	    "a.yaml:3: warning: odd\n");
}
END_TEST

START_TEST(the_journal_gets_the_priority_of_each_line_of_a_stream)
{
	claim_journal(0);
	log_streams();
	ck_assert_str_eq(read_all(),
	    "<3>a.yaml:1: wrong\n<3>a.yaml:2: wrong, too\n"
	    "<4>a.yaml:3: warning: odd\n");
}
END_TEST

START_TEST(a_redirected_stderr_is_not_the_journal)
{
	claim_journal(1); /* inherited, but names another file */
	log_warn("bus 1");
	ck_assert_str_eq(read_all(), "warning: bus 1\n");
}
END_TEST

static const char *const no_streams[] = {"", "x", "8", "8:", ":8", "-:-"};

START_TEST(a_strange_journal_stream_is_no_journal)
{
	setenv("JOURNAL_STREAM", no_streams[_i], 1);
	log_error("bus 1");
	ck_assert_str_eq(read_all(), "error: bus 1\n");
}
END_TEST

START_TEST(debug_lines_are_silent_unless_wanted)
{
	log_debug("unseen");
	ck_assert_str_eq(read_all(), "");
}
END_TEST

static const struct {
	const char *text, *expect;
} texts[] = {
    {"", "\n"},
    {"3号楼1单元电梯 22.5 °C", "3号楼1单元电梯 22.5 °C\n"},
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80\n"},
    {"a\tb", "a\tb\n"},
    {"a\n<0>forged", "a?<0>forged\n"},
    {"a\r\nb\n", "a??b?\n"},
    {"\x1b[2Jgone", "?[2Jgone\n"},
    {"\x7f\x01\v", "???\n"},
    {"\xc2\x9b"
     "2J",
	"?2J\n"}, /* U+009B, the C1 way to start it */
    {"\xc2\xa0", "\xc2\xa0\n"}, /* U+00A0 is no control character */
    {"a\xff\xe4\xbd", "a???\n"},
    {"\xe4\xbd\n", "???\n"}, /* a newline does not hide in half a 你 */
    {"100%s", "100%s\n"},
};

START_TEST(a_text_cannot_forge_a_line)
{
	log_info("%s", texts[_i].text);
	ck_assert_str_eq(read_all(), texts[_i].expect);
}
END_TEST

START_TEST(a_long_text_is_cut_between_characters_and_says_so)
{
	char text[6001];
	size_t len;

	for (size_t i = 0; i < 2000; i++)
		memcpy(text + 3 * i, "梯", 4);
	log_error("%s", text);
	read_all();
	len = strlen(seen);
	ck_assert_uint_gt(len, 2000);
	ck_assert_uint_lt(len, 2100);
	ck_assert_str_eq(seen + len - 7, "梯...\n");
}
END_TEST

START_TEST(errno_survives)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(STDERR_FILENO);
	errno = ENOSPC;
	log_info("nobody reads this");
	ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

static void *
log_lines(void *arg)
{
	(void)arg;
	for (int i = 0; i < LINES; i++)
		log_info("%s", "0123456789abcdef0123456789abcdef");
	return NULL;
}

START_TEST(lines_of_threads_do_not_mix)
{
	pthread_t threads[THREADS];
	int count = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, log_lines, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	read_all();
	for (char *line = strtok(seen, "\n"); line != NULL;
	     line = strtok(NULL, "\n"), count++)
		ck_assert_str_eq(line, "0123456789abcdef0123456789abcdef");
	ck_assert_int_eq(count, THREADS * LINES);
}
END_TEST

#define LENGTH(a) ((int)(sizeof(a) / sizeof((a)[0])))

static Suite *
make_suite(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, people_get_words);
	tcase_add_test(t, the_journal_gets_priorities);
	tcase_add_test(t, people_get_a_streams_lines_as_they_stand);
	tcase_add_test(
	    t, the_journal_gets_the_priority_of_each_line_of_a_stream);
	tcase_add_test(t, a_redirected_stderr_is_not_the_journal);
	tcase_add_loop_test(
	    t, a_strange_journal_stream_is_no_journal, 0, LENGTH(no_streams));
	tcase_add_test(t, debug_lines_are_silent_unless_wanted);
	tcase_add_loop_test(t, a_text_cannot_forge_a_line, 0, LENGTH(texts));
	tcase_add_test(t, a_long_text_is_cut_between_characters_and_says_so);
	tcase_add_test(t, errno_survives);
	tcase_add_test(t, lines_of_threads_do_not_mix);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return suite_run(make_suite());
}
