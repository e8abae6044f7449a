/*
 * process.c - what the kernel says of this process
 *
 * Read afresh at each scrape, by proc(5).  Names and meanings are those of
 * Prometheus' own client libraries, so that stock dashboards fit.
 */
#include "gateway/base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/json.h"

struct usage {
	unsigned long user_ticks, system_ticks;
	long threads;
	unsigned long long start_ticks; /* since boot */
	unsigned long virtual_bytes;
	long resident_pages;
};

static void
print_figure(struct buf *out, const char *name, const char *type,
    const char *help, double value)
{
	char digits[32];

	json_digits_f64(digits, value);
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %s\n", name, help, name,
	    type, name, digits);
}

/* The program's name stands in parentheses and may hold anything, a ')' too:
 * the fields begin behind the last one. */
static bool
read_usage(struct usage *u)
{
	char text[1024];
	FILE *f = fopen("/proc/self/stat", "re");
	size_t len;
	char *fields;

	if (f == NULL)
		return false;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	fields = strrchr(text, ')');
	return fields != NULL &&
	    sscanf(fields + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu"
		" %*d %*d %*d %*d %ld %*d %llu %lu %ld",
		&u->user_ticks, &u->system_ticks, &u->threads, &u->start_ticks,
		&u->virtual_bytes, &u->resident_pages) == 6;
}

/* Unix time; 0 if unknown.  Longer lines arrive in pieces, none of which can
 * begin with a word. */
static long long
read_boot_s(void)
{
	char line[256];
	FILE *f = fopen("/proc/stat", "re");
	long long boot_s = 0;

	if (f == NULL)
		return 0;
	while (boot_s == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "btime %lld", &boot_s) != 1)
			boot_s = 0;
	fclose(f);
	return boot_s;
}

/* Without the one that counts; -1 if unknown. */
static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int count = -1;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void
print_usage(struct buf *out, const struct usage *u)
{
	double tick_hz = (double)sysconf(_SC_CLK_TCK);
	long long boot_s = read_boot_s();

	print_figure(out, "process_cpu_seconds_total", "counter",
	    "User and system CPU time spent.",
	    (double)(u->user_ticks + u->system_ticks) / tick_hz);
	print_figure(out, "process_resident_memory_bytes", "gauge",
	    "Memory in RAM.",
	    (double)u->resident_pages * (double)sysconf(_SC_PAGESIZE));
	print_figure(out, "process_virtual_memory_bytes", "gauge",
	    "Address space in use.", (double)u->virtual_bytes);
	print_figure(
	    out, "process_threads", "gauge", "Threads.", (double)u->threads);
	if (boot_s > 0)
		print_figure(out, "process_start_time_seconds", "gauge",
		    "When the process started, Unix time.",
		    (double)boot_s + (double)u->start_ticks / tick_hz);
}

void
process_print(struct buf *out)
{
	struct usage usage;
	struct rlimit limit;
	int descriptors = count_descriptors();

	if (read_usage(&usage))
		print_usage(out, &usage);
	if (descriptors >= 0)
		print_figure(out, "process_open_fds", "gauge",
		    "Open file descriptors.", descriptors);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		print_figure(out, "process_max_fds", "gauge",
		    "File descriptors the process may open.",
		    (double)limit.rlim_cur);
}
