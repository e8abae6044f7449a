/*
 * figures.c - a journal's state for /metrics
 */
#include "gateway/store/figures.h"

#include "gateway/base/clock.h"

void
figures_print(
    struct buf *out, const char *prefix, const struct journal_state *s)
{
	int64_t age_ms = s->oldest_ms > 0 ? clock_wall_ms() - s->oldest_ms : 0;
	const struct {
		const char *what, *type, *help;
		double value;
	} rows[] = {
	    {"bytes", "gauge", "Size of the log on disk.", (double)s->bytes},
	    {"oldest_seconds", "gauge", "Age of the oldest batch kept.",
		(double)age_ms / 1000},
	    {"failing", "gauge", "1 if the last commit did not reach the disk.",
		s->failing},
	    {"in_memory", "gauge",
		"1 if what can be sent on is not all on disk.", s->in_memory},
	    {"damaged_total", "counter", "Damaged records skipped.",
		(double)s->damaged},
	    {"segments_dropped_total", "counter", "Segments removed for room.",
		(double)s->dropped},
	    {"refused_total", "counter",
		"Batches refused: no names, or memory full in a stall.",
		(double)s->refused},
	    {"lost_total", "counter",
		"What memory could not hold while the disk failed.",
		(double)s->lost},
	    {"commits_total", "counter", "Commits that reached the disk.",
		(double)s->commits},
	    {"commit_failures_total", "counter",
		"Tries of a commit that failed.", (double)s->failures},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		buf_printf(out,
		    "# HELP %s_%s %s\n# TYPE %s_%s %s\n%s_%s %.17g\n", prefix,
		    rows[i].what, rows[i].help, prefix, rows[i].what,
		    rows[i].type, prefix, rows[i].what, rows[i].value);
}
