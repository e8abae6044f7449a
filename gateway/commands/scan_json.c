/* scan_json.c - what a scan found, for programs */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/commands/scan_show.h"
#include "gateway/conf/point.h"
#include "gateway/measure/sample_json.h"

static void
add_json_answers(struct json *j, const struct scan_found *f)
{
	json_key(j, "answers");
	json_list(j);
	for (size_t i = 0; i < f->answer_count; i++) {
		const struct scan_answer *a = &f->answers[i];

		json_open(j);
		json_key_string(j, "space", point_spaces[a->place.space]);
		json_key_i64(j, "address", a->place.address);
		if (a->verdict != DRIVER_OK)
			json_key_i64(j, "exception", a->reply.exception);
		json_key(j, "words");
		json_list(j);
		for (uint16_t k = 0; k < a->reply.word_count; k++)
			json_i64(j, a->reply.words[k]);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

static void
add_json_found(struct json *j, const struct scan_found *f)
{
	json_open(j);
	json_key_i64(j, "unit", f->unit);
	json_key(j, "profiles");
	json_list(j);
	for (size_t i = 0; i < f->fit_count; i++) {
		json_open(j);
		json_key_string(j, "profile", f->fits[i]->name);
		json_people(j, "title", f->fits[i]->title);
		json_key_string(j, "verified", f->fits[i]->verified);
		json_end(j);
	}
	json_end(j);
	json_key_bool(j, "late", f->late);
	add_json_answers(j, f);
	json_end(j);
}

static void
add_json_lines(struct json *j, const char *lines)
{
	json_list(j);
	while (lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n");
		char *line = strndup(lines, len);

		json_text(j, line);
		free(line);
		lines += len + (lines[len] == '\n');
	}
	json_end(j);
}

void
scan_json(const struct scan *s, const char *url, struct buf *b)
{
	const struct scan_setting *at = &s->settings[s->setting];
	struct buf part = {0};
	struct json j = {.out = b};
	char parity[] = {at->line.parity, '\0'};

	json_open(&j);
	json_key_string(&j, "url", s->found_count > 0 ? at->url : url);
	if (s->found_count > 0 && at->line.baud != 0) {
		json_key_i64(&j, "baud", at->line.baud);
		json_key_string(&j, "parity", parity);
	}
	json_key_bool(&j, "complete", scan_complete(s) && !scan_failed(s));
	if (scan_failed(s))
		json_key_string(&j, "why", s->why);
	json_key(&j, "found");
	json_list(&j);
	for (size_t i = 0; i < (s->same ? 1 : s->found_count); i++)
		add_json_found(&j, &s->found[i]);
	json_end(&j);
	json_key(&j, "troubles");
	scan_troubles(s, &part);
	add_json_lines(&j, part.data);
	buf_clear(&part);
	if (s->found_count > 0) {
		scan_yaml(s, &part);
		json_key_string(&j, "yaml", part.data);
	}
	json_end(&j);
	buf_free(&part);
}
