/*
 * history_figures.c - the history's state for /metrics
 */
#include "gateway/store/history_figures.h"

#include "gateway/base/clock.h"

#define NAME "riser_history_"

void
history_figures_print(struct buf *out, const struct history_state *s)
{
	int64_t age_ms = s->known_ms > 0 ? clock_wall_ms() - s->known_ms : 0;
	const struct {
		const char *what, *type, *help;
		double value;
	} rows[] = {
	    {"bytes", "gauge", "Size of the history on disk, in use.",
		(double)s->bytes},
	    {"written_seconds", "gauge",
		"Age of the newest reading that is written.",
		(double)age_ms / 1000},
	    {"unread_batches", "gauge",
		"Batches in the log that the history has not read yet.",
		(double)s->unread},
	    {"failing", "gauge", "1 if what was last to be written was not.",
		s->failing},
	    {"aside", "gauge",
		"1 if a damaged file, or a newer one, lies beside it.",
		s->aside},
	    {"set_aside_total", "counter", "Files set aside, and begun anew.",
		(double)s->set_aside},
	    {"damaged_total", "counter", "Damaged tracks of readings skipped.",
		(double)s->damaged},
	    {"missed_total", "counter",
		"Batches gone from the log before the history read them.",
		(double)s->missed},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		buf_printf(out,
		    "# HELP " NAME "%s %s\n# TYPE " NAME "%s %s\n" NAME
		    "%s %.17g\n",
		    rows[i].what, rows[i].help, rows[i].what, rows[i].type,
		    rows[i].what, rows[i].value);
}
