/* test_identity.c - who a device says it is, and what is told of it */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/identity.h"
#include "tests/suite.h"

static struct conf_profile profile = {.name = "meter/x",
    .identity = {.wanted = true,
	.space = SPACE_HOLDING,
	.address = 89,
	.count = 1,
	.decode = {.type = RAW_U16, .scale = {1, 0}},
	.min = 15000,
	.max = 15100}};
static struct conf_device device = {.id = "tx-3", .profile = &profile};
static struct plan_request request = {.identity = true};
static struct identity identity;
static FILE *told;
static uint8_t exception; /* of the next refusal */

/* stderr goes to a file: what is logged is looked at. */
static void
setup(void)
{
	told = tmpfile();
	ck_assert_ptr_nonnull(told);
	ck_assert_int_ge(dup2(fileno(told), STDERR_FILENO), 0);
	identity = (struct identity){0};
	exception = 2;
	identity_forget(&identity, &device);
}

static void
teardown(void)
{
	fclose(told);
}

/* What was logged since the last look. */
static const char *
log_text(void)
{
	static char text[1024];
	static long from;
	size_t len;

	fseek(told, from, SEEK_SET);
	len = fread(text, 1, sizeof(text) - 1, told);
	from += (long)len;
	text[len] = '\0';
	return text;
}

static bool
take(enum driver_verdict verdict, uint16_t word)
{
	struct answer a = {.verdict = (uint8_t)verdict,
	    .exception = exception,
	    .word_count = 1,
	    .words = {word}};

	return identity_take(&identity, &device, &request, &a);
}

static const struct {
	enum driver_verdict verdict;
	uint16_t word;
	enum identity_state state;
} answers[] = {
    {DRIVER_OK, 15000, IDENTITY_RIGHT},
    {DRIVER_OK, 15040, IDENTITY_RIGHT},
    {DRIVER_OK, 15100, IDENTITY_RIGHT},
    {DRIVER_OK, 14999, IDENTITY_WRONG},
    {DRIVER_OK, 15101, IDENTITY_WRONG},
    {DRIVER_OK, 0, IDENTITY_WRONG},
    {DRIVER_EXCEPTION, 15040, IDENTITY_WRONG},
    {DRIVER_TIMEOUT, 15040, IDENTITY_UNKNOWN},
    {DRIVER_CRC, 15040, IDENTITY_UNKNOWN},
    {DRIVER_BAD, 15040, IDENTITY_UNKNOWN},
    {DRIVER_BUS, 15040, IDENTITY_UNKNOWN},
};

START_TEST(only_an_answer_says_who_it_is)
{
	bool changed = take(answers[_i].verdict, answers[_i].word);

	ck_assert_int_eq(identity.state, answers[_i].state);
	ck_assert_int_eq(changed, answers[_i].state != IDENTITY_UNKNOWN);
}
END_TEST

START_TEST(silence_leaves_it_as_it_was)
{
	take(DRIVER_OK, 15000);
	ck_assert(!take(DRIVER_TIMEOUT, 0));
	ck_assert_int_eq(identity.state, IDENTITY_RIGHT);
	take(DRIVER_OK, 1);
	ck_assert(!take(DRIVER_CRC, 15000));
	ck_assert_int_eq(identity.state, IDENTITY_WRONG);
}
END_TEST

/* Busy, broken, or a gateway that does not reach it. */
START_TEST(who_cannot_answer_now_has_not_said_who_he_is)
{
	static const uint8_t passing[] = {4, 5, 6, 8, 10, 11};

	for (size_t i = 0; i < sizeof(passing); i++) {
		exception = passing[i];
		ck_assert(!take(DRIVER_EXCEPTION, 0));
		ck_assert_int_eq(identity.state, IDENTITY_UNKNOWN);
	}
	take(DRIVER_OK, 15000);
	ck_assert(!take(DRIVER_EXCEPTION, 0));
	ck_assert_int_eq(identity.state, IDENTITY_RIGHT);
	ck_assert_str_eq(log_text(), "");
}
END_TEST

START_TEST(who_answers_all_but_who_he_is_is_told_of_once)
{
	identity_doubt(&identity, &device);
	ck_assert_str_eq(log_text(), ""); /* nobody asked him yet */
	take(DRIVER_TIMEOUT, 0);
	identity_doubt(&identity, &device);
	ck_assert_str_eq(log_text(),
	    "warning: device tx-3: answers, but says nothing at register"
	    " holding:89, which tells a meter/x; its values are not used until"
	    " it does\n");
	identity_doubt(&identity, &device);
	ck_assert_str_eq(log_text(), "");
	take(DRIVER_OK, 15000);
	ck_assert_str_eq(
	    log_text(), "device tx-3: it is a meter/x; its values are used\n");
}
END_TEST

START_TEST(another_model_is_told_of_once_and_again_when_it_is_right)
{
	take(DRIVER_OK, 15000);
	ck_assert_str_eq(log_text(), "");
	ck_assert(take(DRIVER_OK, 12));
	ck_assert_str_eq(log_text(),
	    "error: device tx-3: register holding:89 says 12 where meter/x has"
	    " 15000 to 15100: another model, or another profile is needed; its"
	    " values are not used\n");
	ck_assert(!take(DRIVER_OK, 13));
	ck_assert(!take(DRIVER_EXCEPTION, 0));
	identity_forget(&identity, &device);
	ck_assert(take(DRIVER_OK, 12));
	ck_assert_str_eq(log_text(), "");
	ck_assert(take(DRIVER_OK, 15000));
	ck_assert_str_eq(
	    log_text(), "device tx-3: it is a meter/x; its values are used\n");
	ck_assert(!take(DRIVER_OK, 15000));
	ck_assert_str_eq(log_text(), "");
	take(DRIVER_EXCEPTION, 0);
	ck_assert_ptr_nonnull(
	    strstr(log_text(), "holding:89 gives exception 2 where"));
}
END_TEST

START_TEST(a_value_behind_its_registers_start_is_found)
{
	struct plan_request two = {.identity = true, .lead = 1};
	struct answer a = {
	    .verdict = DRIVER_OK, .word_count = 2, .words = {1, 15050}};

	identity_take(&identity, &device, &two, &a);
	ck_assert_int_eq(identity.state, IDENTITY_RIGHT);
}
END_TEST

/* "PM5" expected. */
static const struct {
	uint16_t words[3];
	enum identity_state state;
	const char *told;
} texts[] = {
    {{0x504d, 0x3531, 0x3030}, IDENTITY_RIGHT, ""},
    {{0x504d, 0x3500, 0}, IDENTITY_RIGHT, ""},
    {{0x504d, 0x3800, 0}, IDENTITY_WRONG,
	"says \"PM8\" where meter/x has \"PM5...\":"},
    {{0x504d, 0, 0}, IDENTITY_WRONG,
	"says \"PM\" where meter/x has \"PM5...\":"},
    {{0x0101, 0, 0}, IDENTITY_WRONG,
	"says nothing readable where meter/x has \"PM5...\":"},
};

START_TEST(a_model_may_be_a_text_that_begins_so)
{
	struct conf_profile named = profile;
	struct conf_device d = {.id = "tx-3", .profile = &named};
	struct answer a = {.verdict = DRIVER_OK, .word_count = 3};

	named.identity.text = "PM5";
	named.identity.decode = (struct decode){
	    .type = RAW_ASCII, .text_len = 6, .form = FORM_TEXT};
	memcpy(a.words, texts[_i].words, sizeof(texts[_i].words));
	identity_take(&identity, &d, &request, &a);
	ck_assert_int_eq(identity.state, texts[_i].state);
	ck_assert_ptr_nonnull(strstr(log_text(), texts[_i].told));
}
END_TEST

START_TEST(a_profile_without_an_identity_takes_any_device)
{
	struct conf_profile any = {.name = "meter/any"};
	struct conf_device d = {.profile = &any};

	identity_forget(&identity, &d);
	ck_assert_int_eq(identity.state, IDENTITY_RIGHT);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = tcase_create("identity");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, only_an_answer_says_who_it_is, 0,
	    (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(t, silence_leaves_it_as_it_was);
	tcase_add_test(t, who_cannot_answer_now_has_not_said_who_he_is);
	tcase_add_test(t, who_answers_all_but_who_he_is_is_told_of_once);
	tcase_add_test(
	    t, another_model_is_told_of_once_and_again_when_it_is_right);
	tcase_add_test(t, a_value_behind_its_registers_start_is_found);
	tcase_add_loop_test(t, a_model_may_be_a_text_that_begins_so, 0,
	    (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(t, a_profile_without_an_identity_takes_any_device);
	return suite_run(s);
}
