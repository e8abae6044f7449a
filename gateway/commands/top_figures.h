/*
 * top_figures.h - the figures of /metrics that riser top shows
 *
 * What a gateway does not tell (it may be older or newer) is NAN.
 */
#ifndef TOP_FIGURES_H
#define TOP_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of questions; OTHER: the line failed or talked by itself, or the
 * answer was none. */
enum top_result {
	TOP_OK,
	TOP_TIMEOUT,
	TOP_CRC,
	TOP_EXCEPTION,
	TOP_OTHER,
	TOP_RESULT_COUNT
};

struct top_bus {
	const char *id;
	double cycle_s; /* 0: not one pass is over */
	double limit_s, load, refused;
	double results[TOP_RESULT_COUNT], missed; /* since the start */
	double recent[TOP_RESULT_COUNT], recent_missed; /* figures_since */
	/* For who knows which devices are on it. */
	size_t devices, offline;
};

struct top_sink {
	const char *id;
	double connected, accepted, delivered, pending, dropped;
	double recent_delivered;
};

struct top_device {
	const char *id;
	bool up;
};

/* A log: of readings, or of events. */
struct top_log {
	double bytes, oldest_s, failing, in_memory;
};

struct top_figures {
	struct arena *memory; /* of the texts, and of this */
	struct top_bus *buses;
	struct top_sink *sinks;
	struct top_device *devices;
	size_t bus_count, sink_count, device_count;
	struct top_log journal, events;
	double history_bytes, history_failing;
	double clock_synced;
	double cpu_s, resident_bytes;
	double recent_cpu_s;
	double
	    recent_s; /* what is recent: of so many seconds; 0: since start */
};

/* Of the text of /metrics. */
struct top_figures *top_figures_read(const char *text);
void top_figures_free(struct top_figures *f); /* NULL is fine */

/* Sets what is recent: what came since `then`, seconds before; since the start
 * with NULL. */
void top_figures_since(
    struct top_figures *f, const struct top_figures *then, double seconds);

#endif
