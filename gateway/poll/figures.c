/* figures.c - what /metrics says of one bus */
#include "gateway/poll/figures.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/arena.h"
#include "gateway/base/stats.h"

static const char *const verdict_names[DRIVER_VERDICT_COUNT] = {
    [DRIVER_OK] = "ok",
    [DRIVER_TIMEOUT] = "timeout",
    [DRIVER_CRC] = "crc",
    [DRIVER_EXCEPTION] = "exception",
    [DRIVER_BAD] = "bad",
    [DRIVER_BUS] = "bus",
    [DRIVER_NOISE] = "noise",
};

static void
open_results(struct figures *f, const char *label)
{
	char result[192];

	for (int v = 0; v < DRIVER_VERDICT_COUNT; v++) {
		if (verdict_names[v] == NULL)
			continue;
		snprintf(result, sizeof(result), "%s", label);
		stat_label(result, sizeof(result), "result", verdict_names[v]);
		f->results[v] = stat_get(STAT_COUNTER, "riser_requests_total",
		    "Questions asked on a bus, by what came of them.", result);
	}
}

void
figures_open(struct figures *f, const char *bus, const struct plan *plan,
    const struct driver *driver, const struct driver_line *line)
{
	char label[128] = "";
	double limit_us = 0;

	stat_label(label, sizeof(label), "bus", bus);
	open_results(f, label);
	f->cycle = stat_get(STAT_GAUGE, "riser_bus_cycle_seconds",
	    "Time the last exchange of every request of the living devices took "
	    "together.",
	    label);
	f->limit = stat_get(STAT_GAUGE, "riser_bus_limit_seconds",
	    "Least time the wire needs for every request of the bus once.",
	    label);
	f->load = stat_get(STAT_GAUGE, "riser_bus_load_ratio",
	    "Share of the bus's time the living devices' requests take at their "
	    "periods.",
	    label);
	f->missed = stat_get(STAT_COUNTER, "riser_missed_periods_total",
	    "Periods in which a request could not be sent in time.", label);
	f->overrun = stat_get(STAT_COUNTER, "riser_reads_total",
	    "Readings by what became of them.", "stage=\"overrun\"");
	f->refused = stat_get(STAT_GAUGE, "riser_bus_refused_points",
	    "Points left alone because their device refuses them.", label);
	f->took_us = must_alloc(plan->request_count, sizeof(*f->took_us));
	f->pass_us = must_alloc(plan->request_count, sizeof(*f->pass_us));
	for (size_t i = 0; i < plan->request_count; i++)
		limit_us +=
		    (double)driver->cost_us(line, &plan->requests[i].ask);
	stat_set(f->limit, limit_us / 1e6);
}

void
figures_close(struct figures *f)
{
	if (f->took_us == NULL)
		return;
	for (int v = 0; v < DRIVER_VERDICT_COUNT; v++)
		stat_put(f->results[v]);
	stat_put(f->cycle);
	stat_put(f->limit);
	stat_put(f->load);
	stat_put(f->missed);
	stat_put(f->overrun);
	stat_put(f->refused);
	free(f->took_us);
	free(f->pass_us);
}

void
figures_result(struct figures *f, enum driver_verdict verdict)
{
	stat_add(f->results[verdict], 1);
}

/* The last pass over request i took so long. */
static void
set_took(struct figures *f, const struct plan *plan, size_t i, int64_t took_us)
{
	int64_t more_us = took_us - f->took_us[i];

	f->took_us[i] = took_us;
	f->pass_us[i] = 0;
	f->cycle_us += more_us;
	f->load_now +=
	    (double)more_us / 1e3 / (double)plan->requests[i].every_ms;
}

static void
tell_times(struct figures *f)
{
	stat_set(f->cycle, (double)f->cycle_us / 1e6);
	stat_set(f->load, f->cycle_us > 0 ? f->load_now : 0);
}

void
figures_took(struct figures *f, const struct plan *plan, int i, int64_t took_us,
    bool over)
{
	f->pass_us[i] += took_us;
	if (!over)
		return;
	set_took(f, plan, (size_t)i, f->pass_us[i]);
	tell_times(f);
}

void
figures_dead(struct figures *f, const struct plan *plan, uint16_t slot)
{
	for (size_t i = 0; i < plan->request_count; i++)
		if (plan->requests[i].slot == slot)
			set_took(f, plan, i, 0);
	tell_times(f);
}

void
figures_missed(struct figures *f, uint64_t periods)
{
	stat_add(f->missed, periods - f->missed_told);
	f->missed_told = periods;
}

void
figures_overrun(struct figures *f, uint64_t readings)
{
	stat_add(f->overrun, readings);
}

void
figures_refused(struct figures *f, uint32_t points)
{
	stat_set(f->refused, points);
}
