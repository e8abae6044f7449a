/*
 * limits.c - between which numbers the alarms of a device leave a point alone
 *
 * A condition of one value changes its answer only at the numbers that it
 * compares the value with.  All of them, of all rules, cut the line into
 * pieces; what holds within a piece is asked of the rules themselves, once a
 * piece.  So no rule is understood twice: low_pressure ends where no_water
 * begins, and both together are the one lower limit.
 */
#include "gateway/alarm/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CUTS_MAX 64 /* more are no limits that people keep in mind */
#define DIGITS "%.12g" /* what a sum has behind them nobody wrote */

struct line {
	const struct alarm_rule *rules;
	size_t rule_count;
	uint16_t point;
	size_t count;
	double cuts[CUTS_MAX]; /* rising */
};

/* How many thresholds of the point the rule has; 0: it asks something else. */
static size_t
thresholds(const struct line *l, const struct alarm_rule *rule,
    double out[static EXPR_THRESHOLDS_MAX])
{
	size_t count;
	const struct expr_input *inputs = expr_inputs(rule->when, &count);

	if (count != 1 || inputs[0].point != l->point)
		return 0;
	return expr_thresholds(rule->when, out);
}

static bool
is_alarm(const struct line *l, double value)
{
	double unused[EXPR_THRESHOLDS_MAX], truth;

	for (size_t i = 0; i < l->rule_count; i++)
		if (thresholds(l, &l->rules[i], unused) > 0 &&
		    expr_eval(l->rules[i].when, &value, &truth) && truth != 0)
			return true;
	return false;
}

static int
by_number(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static bool
cut(struct line *l)
{
	for (size_t i = 0; i < l->rule_count; i++) {
		double found[EXPR_THRESHOLDS_MAX];
		size_t n = thresholds(l, &l->rules[i], found);

		if (l->count + n > CUTS_MAX)
			return false;
		for (size_t k = 0; k < n; k++)
			l->cuts[l->count++] = found[k];
	}
	qsort(l->cuts, l->count, sizeof(*l->cuts), by_number);
	return l->count > 0;
}

/* A number within piece i: before the first cut, between two, behind the last.
 * A piece between two cuts that are one number is that number. */
static double
within(const struct line *l, size_t i)
{
	if (i == 0)
		return nextafter(l->cuts[0], -INFINITY);
	if (i == l->count)
		return nextafter(l->cuts[i - 1], INFINITY);
	return l->cuts[i - 1] / 2 + l->cuts[i] / 2;
}

static double
rounded(double value)
{
	char text[32];

	snprintf(text, sizeof(text), DIGITS, value);
	return strtod(text, NULL);
}

void
limits_find(struct limits *out, const struct alarm_rule *rules, size_t count,
    uint16_t point)
{
	struct line l = {.rules = rules, .rule_count = count, .point = point};
	size_t ranges = 0, first = 0, last = 0; /* the pieces left alone */
	bool alarm = true;

	*out = (struct limits){.has_low = false};
	if (!cut(&l))
		return;
	for (size_t i = 0; i <= l.count; i++) {
		bool before = alarm;

		alarm = is_alarm(&l, within(&l, i));
		if (alarm)
			continue;
		ranges += before;
		first = before ? i : first;
		last = i;
	}
	if (ranges != 1)
		return;
	if (first > 0)
		out->has_low = true, out->low = rounded(l.cuts[first - 1]);
	if (last < l.count)
		out->has_high = true, out->high = rounded(l.cuts[last]);
}
