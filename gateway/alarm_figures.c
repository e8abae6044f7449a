/* alarm_figures.c - how many alarms there are, for /metrics */
#include "gateway/alarm_figures.h"

#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/stats.h"

enum { SUPPRESSED = ALARM_LATCHED + 1, SHELVED, STATES };

struct alarm_figures {
	struct stat_series *of[SEVERITY_P4 + 1][STATES]; /* none of NORMAL */
};

static const char *
state_name(int state)
{
	if (state == SUPPRESSED)
		return "SUPPRESSED";
	return state == SHELVED ? "SHELVED" : alarm_state_names[state];
}

struct alarm_figures *
alarm_figures_new(void)
{
	struct alarm_figures *f = must_alloc(1, sizeof(*f));

	for (int i = 0; i <= SEVERITY_P4; i++)
		for (int k = ALARM_UNACK; k < STATES; k++) {
			char labels[64] = "";

			stat_label(labels, sizeof(labels), "severity",
			    alarm_severity_names[i]);
			stat_label(
			    labels, sizeof(labels), "state", state_name(k));
			f->of[i][k] = stat_get(STAT_GAUGE, "riser_alarms",
			    "Alarms that are not normal; hidden ones are "
			    "SUPPRESSED or SHELVED, whatever their state.",
			    labels);
		}
	return f;
}

void
alarm_figures_free(struct alarm_figures *f)
{
	for (int i = 0; f != NULL && i <= SEVERITY_P4; i++)
		for (int k = ALARM_UNACK; k < STATES; k++)
			stat_put(f->of[i][k]);
	free(f);
}

void
alarm_figures_set(struct alarm_figures *f, const struct alarms *a)
{
	struct alarms_count c;

	alarms_count(a, &c);
	for (int i = 0; i <= SEVERITY_P4; i++) {
		for (int k = ALARM_UNACK; k <= ALARM_LATCHED; k++)
			stat_set(f->of[i][k], c.by[i][k]);
		stat_set(f->of[i][SUPPRESSED], c.suppressed[i]);
		stat_set(f->of[i][SHELVED], c.shelved[i]);
	}
}
