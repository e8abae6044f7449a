/* scan_words.c - what a scan gives to paste, and its sentences on what went
 * wrong */
#include "gateway/commands/scan_show.h"

#include <string.h>

#include "gateway/base/json.h"
#include "gateway/commands/tongue.h"

#define UNITS_TOLD_MAX 8 /* that were heard and not understood */

/* ---- riser.yaml ---- */

/* A text in quotes is the same in YAML. */
static void
add_text(struct buf *b, const char *text)
{
	struct json j = {.out = b};

	json_text(&j, text);
}

static void
add_device(struct buf *b, const struct scan_found *f, const char *bus,
    const struct conf_profile *p)
{
	buf_printf(b, "  - {id: %s-%u, profile: %s, bus: %s, unit: %u}\n",
	    p != NULL ? p->kind : "unit", f->unit, p != NULL ? p->name : "...",
	    bus, f->unit);
}

/* One that no profile knows, or several: a person has to choose, for a wrong
 * one gives wrong values. */
static void
add_choice(struct buf *b, const struct scan_found *f, const char *bus)
{
	for (size_t i = 0; i < f->fit_count; i++) {
		buf_puts(b, "# ");
		add_device(b, f, bus, f->fits[i]);
	}
	if (f->fit_count == 0) {
		buf_puts(b, "# ");
		add_device(b, f, bus, NULL);
	}
}

static void
add_devices(struct buf *b, const struct scan *s, const char *bus)
{
	size_t count = s->same ? 1 : s->found_count, known = 0;

	for (size_t i = 0; i < count; i++)
		known += s->found[i].fit_count == 1;
	buf_puts(b, known > 0 ? "devices:\n" : "# devices:\n");
	for (size_t i = 0; i < count; i++)
		if (s->found[i].fit_count == 1)
			add_device(b, &s->found[i], bus, s->found[i].fits[0]);
	if (known < count)
		buf_puts(b,
		    tongue("# choose a profile for each of these, and take "
			   "the # away:\n",
			"# 为以下设备各选一个点表，并去掉 #：\n"));
	for (size_t i = 0; i < count; i++)
		if (s->found[i].fit_count != 1)
			add_choice(b, &s->found[i], bus);
}

void
scan_yaml(const struct scan *s, struct buf *b)
{
	const struct scan_setting *at = &s->settings[s->setting];
	const char *bus = at->line.baud != 0 ? "line-1" : "net-1";

	buf_printf(b, "# riser.yaml%s\n",
	    tongue(": the names are yours; into a file that has a site, paste "
		   "what is below it",
		"：名称可自行修改；若文件已有 site，只粘贴其下内容"));
	buf_printf(b, "site: {id: site}\nbuses:\n  - {id: %s, url: ", bus);
	add_text(b, at->url);
	buf_printf(b, "%s}\n", s->patient ? ", timeout: 3s" : "");
	add_devices(b, s, bus);
}

/* ---- troubles ---- */

static bool
is_relevant(const struct scan *s, size_t setting)
{
	return s->settings[setting].worked &&
	    (s->found_count == 0 || setting == s->setting);
}

static bool
is_garbled(const struct scan *s, size_t setting, size_t index)
{
	uint8_t asked = s->asked[setting][index];

	return asked > 0 && s->heard[setting][index] == asked &&
	    !s->order.there[index];
}

static void
tell_units(const struct scan *s, size_t setting, struct buf *b)
{
	char text[SCAN_SETTING_TEXT];
	size_t told = 0;

	scan_setting_text(&s->settings[setting].line, text);
	for (size_t i = 0; i < s->units.count && told < UNITS_TOLD_MAX; i++) {
		if (!is_garbled(s, setting, i))
			continue;
		told++;
		buf_printf(b,
		    tongue(
			"unit %u at %s: something answers, but never in one "
			"piece: two devices with this unit (take one off the "
			"line and scan again), or one with another parity\n",
			"地址%u（%s）：有应答但总是损坏：可能两台设备地址相同"
			"（拆下一台再扫描），或校验位不同\n"),
		    s->units.units[i], text);
	}
}

static void
tell_babble(const struct scan_setting *t, struct buf *b)
{
	char text[SCAN_SETTING_TEXT];

	if (t->line.baud == 0) {
		buf_printf(b,
		    tongue("what is there does not speak Modbus TCP (%s); a "
			   "transparent serial server is rtu+tcp://HOST:PORT\n",
			"对方不是 Modbus TCP（%s）；"
			"透明串口服务器请写 rtu+tcp://HOST:PORT\n"),
		    t->why);
		return;
	}
	buf_printf(b,
	    tongue("%s: whoever is asked, bytes come that are no answer: the "
		   "adapter hears its own questions (switch its echo off), or "
		   "the line is noisy (A and B swapped, no termination, no "
		   "bias)\n",
		"%s：无论询问谁都有字节但不是应答：适配器收到自己的询问"
		"（关闭回显），或线路有干扰（A/B 接反、缺终端电阻或偏置）\n"),
	    scan_setting_text(&t->line, text));
}

static void
tell_setting(const struct scan *s, size_t setting, struct buf *b)
{
	const struct scan_setting *t = &s->settings[setting];
	char text[SCAN_SETTING_TEXT];

	if (s->order.dropped[setting] && !scan_failed(s))
		buf_printf(
		    b, "%s: %s\n", scan_setting_text(&t->line, text), t->why);
	if (!is_relevant(s, setting))
		return;
	if (t->why[0] != '\0' && t->line.baud != 0)
		buf_printf(
		    b, "%s: %s\n", scan_setting_text(&t->line, text), t->why);
	else if (scan_babbles(t))
		tell_babble(t, b);
	else if (t->line.baud != 0)
		tell_units(s, setting, b);
}

/* One of them may fit better than what is named. */
static void
tell_broken(const struct scan_known *k, struct buf *b)
{
	if (k->broken_count > 0)
		buf_printf(b,
		    tongue("not looked at for their mistakes: %zu profiles; "
			   "riser check %s\n",
			"有错而未用的点表：%zu个；riser check %s\n"),
		    k->broken_count, k->broken);
}

void
scan_troubles(const struct scan *s, struct buf *b)
{
	for (size_t i = 0; i < s->setting_count; i++)
		tell_setting(s, i, b);
	for (size_t i = 0; i < s->found_count; i++)
		if (s->found[i].late)
			buf_printf(b,
			    tongue("unit %u takes longer than %u ms to answer: "
				   "its bus has a long timeout below\n",
				"地址%u的应答超过%u毫秒：总线 timeout 已加大\n"),
			    s->found[i].unit,
			    s->settings[s->setting].line.timeout_ms);
	if (s->same)
		buf_puts(b,
		    tongue("each unit answers, also those that nobody has: it "
			   "is one device that does not look at the unit\n",
			"任何地址都有应答：这是一台不看地址的设备\n"));
	if (s->found_count > 0)
		tell_broken(s->known, b);
	if (s->stop != 0)
		buf_puts(b,
		    tongue(
			"stopped before all were asked: there may be others\n",
			"提前结束，未全部询问：可能还有其他设备\n"));
}

/* ---- nobody ---- */

void
scan_show_nobody(const struct scan *s, FILE *out)
{
	if (s->settings[0].line.path[0] == '\0') {
		fputs(
		    tongue("nobody answers.  Look at: the gateway's own page "
			   "(is its line "
			   "set as the devices are?); the units (--units); "
			   "whether it is a transparent serial server "
			   "(rtu+tcp://HOST:PORT)\n",
			"无人应答。请检查：网关自身的串口设置；地址（--units）；"
			"是否为透明串口服务器（rtu+tcp://HOST:PORT）\n"),
		    out);
		return;
	}
	fputs(tongue("nobody answers.  Look at: A and B (swap them); the "
		     "devices' power; the ground wire, and 120 ohms at both "
		     "ends; another baud rate (--bauds "
		     "2400,4800,38400,115200) or parity (--parities O); a unit "
		     "that was not asked (--units)\n",
		  "无人应答。请检查：A/B 是否接反；设备是否上电；地线及两端120"
		  "欧姆终端电阻；其他波特率（--bauds 2400,4800,38400,115200）"
		  "或校验（--parities O）；未询问的地址（--units）\n"),
	    out);
}
