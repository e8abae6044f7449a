/*
 * fuzz_notice.c - any bytes as an event about an alarm, and what must hold
 *
 * The first byte says whether the alarm is known beside the members, as on the
 * board.  What is read has names, bounded texts of whole characters, and values
 * that there are; it can be told of.  What is not leaves all as it was.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/measure/sample.h"
#include "gateway/sinks/letter.h"
#include "gateway/sinks/notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct notify_channel channel = {.id = "web",
    .type = CHANNEL_WEBHOOK,
    .language = LANGUAGE_BOTH,
    .a_minute = 15};
static const struct notify_conf conf = {
    .site = "s", .channel_count = 1, .channels = &channel};
static struct letter_paper *paper;

/* Whole characters; where there is room for it, the end. */
static void
check_text(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	assert(len < room);
	assert(utf8_cut(text, len) == len);
}

static void
check_notice(const struct notice *n, bool known)
{
	check_text(n->device, sizeof(n->device));
	check_text(n->alarm, sizeof(n->alarm));
	check_text(n->ack.by, sizeof(n->ack.by));
	check_text(n->text_zh, sizeof(n->text_zh));
	check_text(n->text_en, sizeof(n->text_en));
	assert(n->device[0] != '\0' && n->alarm[0] != '\0');
	assert(n->state <= ALARM_LATCHED && n->severity <= SEVERITY_P4);
	assert(n->change < ALARM_CHANGES && (known || n->change != ALARM_NONE));
	assert((n->count == 0) == (n->since_ms == 0) || n->count > 0);
	assert(n->log[0] == '\0' && n->seq == 0);
}

/* One line is a title, and a text is lines. */
static void
check_letter(const struct notice *n)
{
	struct letter_item item = {.notice = n, .why = LETTER_RAISE};
	struct letter_matter m = {.why = LETTER_RAISE,
	    .whole = true,
	    .count = 1,
	    .items = &item,
	    .now_ms = 1763721535000};
	struct letter l;

	if (paper == NULL)
		paper = letter_paper_new(&conf, &channel);
	assert(letter_compose(&l, paper, &m) == 1);
	assert(strchr(l.title, '\n') == NULL && l.title[0] != '\0');
	assert(l.text[strlen(l.text) - 1] == '\n');
	assert(l.json[0] == '{' && l.json[strlen(l.json) - 1] == '}');
	check_text(l.title, strlen(l.title) + 1);
	check_text(l.text, strlen(l.text) + 1);
	check_text(l.json, strlen(l.json) + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char members[2 * SAMPLE_EVENT_MAX];
	static struct sweep_list cars;
	struct notice n, before;
	bool known;

	if (size == 0 || size > sizeof(members))
		return 0;
	known = (data[0] & 1) != 0;
	memcpy(members, data + 1, size - 1);
	members[size - 1] = '\0';
	memset(&n, 0x5a, sizeof(n));
	n.cars = &cars;
	before = n;
	if (notice_read(&n, known ? "lift-7-2" : NULL,
		known ? "entrapment" : NULL, members)) {
		check_notice(&n, known);
		check_letter(&n);
	} else {
		assert(memcmp(&n, &before, sizeof(n)) == 0);
	}
	return 0;
}
