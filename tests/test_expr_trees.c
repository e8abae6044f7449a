/*
 * test_expr_trees.c - any expression is worth what its tree is
 *
 * A random tree knows its worth by the rules, and its text by the strengths of
 * the operators: expr_parse and expr_eval must find the one from the other.
 */
#include <math.h>
#include <stdio.h>

#include "tests/expr_help.h"
#include "tests/suite.h"

#define NODES_MAX 64
#define TREES 10000

enum shape {
	SHAPE_LEAF,
	SHAPE_SIGN,
	SHAPE_NOT,
	SHAPE_CALL, /* abs, sqrt */
	SHAPE_LIST, /* min, max */
	SHAPE_INFIX
};

struct tree {
	enum shape shape;
	const char *text; /* of a leaf; operator or function */
	double worth;
	bool none; /* no result */
	const struct tree *left, *right;
};

static struct tree nodes[NODES_MAX];
static size_t used;

static unsigned
dice(unsigned sides)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % sides);
}

static struct tree *
plant(enum shape shape, const char *text, const struct tree *left,
    const struct tree *right)
{
	struct tree *t = &nodes[used++];

	ck_assert_uint_lt(used, NODES_MAX);
	*t = (struct tree){
	    .shape = shape, .text = text, .left = left, .right = right};
	return t;
}

static struct tree *
plant_leaf(const char *text, double worth)
{
	struct tree *t = plant(SHAPE_LEAF, text, NULL, NULL);

	t->worth = worth;
	return t;
}

static struct tree *
set_worth(struct tree *t, bool none, double worth)
{
	t->none = none || !isfinite(worth);
	t->worth = worth;
	return t;
}

static bool
is_true(const struct tree *t)
{
	return t->worth != 0;
}

static double
apply(char operator, double a, double b)
{
	switch (operator) {
	case '+': return a + b;
	case '-': return a - b;
	case '*': return a * b;
	default: return b == 0 ? NAN : a / b;
	}
}

static struct tree *grow_truth(int depth);

static struct tree *
grow_number_leaf(void)
{
	static const struct {
		const char *text;
		double worth;
	} leaves[] = {{"1", 1}, {"2.5", 2.5}, {"3", 3}, {"0.1", 0.1},
	    {"load", 84}, {"pressure", 0.42}, {"current_l1", 100},
	    {"rating.in", 909}, {"rate(load, 5s)", 0.5},
	    {"drop(load, 5s)", 0.25}};
	unsigned i = dice(ROWS(leaves));

	return plant_leaf(leaves[i].text, leaves[i].worth);
}

static struct tree *
grow_number(int depth)
{
	static const char *const operators[] = {"+", "-", "*", "/"};
	const struct tree *a, *b;
	const char *text;

	if (depth == 0 || dice(5) == 0)
		return grow_number_leaf();
	switch (dice(8)) {
	case 0:
		a = grow_number(depth - 1);
		return set_worth(
		    plant(SHAPE_SIGN, "-", a, NULL), a->none, -a->worth);
	case 1:
		a = grow_number(depth - 1);
		return set_worth(
		    plant(SHAPE_CALL, "abs", a, NULL), a->none, fabs(a->worth));
	case 2:
		a = grow_number(depth - 1);
		return set_worth(plant(SHAPE_CALL, "sqrt", a, NULL), a->none,
		    sqrt(a->worth));
	case 3:
		a = grow_number(depth - 1), b = grow_truth(depth - 1);
		text = dice(2) ? "min" : "max";
		return set_worth(plant(SHAPE_LIST, text, a, b),
		    a->none || b->none,
		    (a->worth < b->worth) == (text[1] == 'i') ? a->worth
							      : b->worth);
	default:
		a = grow_number(depth - 1), b = grow_number(depth - 1);
		text = operators[dice(4)];
		return set_worth(plant(SHAPE_INFIX, text, a, b),
		    a->none || b->none, apply(*text, a->worth, b->worth));
	}
}

static bool
holds(const char *comparison, double a, double b)
{
	bool equal = comparison[1] == '=' && a == b;

	switch (*comparison) {
	case '<': return a < b || equal;
	case '>': return a > b || equal;
	case '!': return a != b;
	default: return equal;
	}
}

static struct tree *
grow_truth_leaf(void)
{
	static const struct {
		const char *text;
		bool worth;
	} leaves[] = {
	    {"true", 1}, {"false", 0}, {"moving", 1}, {"alarm_button", 0}};
	unsigned i = dice(ROWS(leaves));

	return plant_leaf(leaves[i].text, leaves[i].worth);
}

static struct tree *
grow_doors(void)
{
	const char *text = dice(2) ? "==" : "!=";
	struct tree *t = plant(SHAPE_INFIX, text, plant_leaf("door", 2),
	    dice(2) ? plant_leaf("open", 2) : plant_leaf("inner_door", 1));

	t->worth = holds(text, t->left->worth, t->right->worth);
	return t;
}

static struct tree *
grow_comparison(int depth)
{
	static const char *const texts[] = {"<", "<=", "==", "!=", ">=", ">"};
	const char *text = texts[dice(ROWS(texts))];
	bool truths = dice(4) == 0;
	const struct tree *a =
	    truths ? grow_truth(depth - 1) : grow_number(depth - 1);
	const struct tree *b =
	    truths ? grow_truth(depth - 1) : grow_number(depth - 1);

	return set_worth(plant(SHAPE_INFIX, text, a, b), a->none || b->none,
	    holds(text, a->worth, b->worth));
}

static struct tree *
grow_truth(int depth)
{
	const struct tree *a, *b;

	if (depth == 0 || dice(6) == 0)
		return grow_truth_leaf();
	switch (dice(6)) {
	case 0:
		a = grow_truth(depth - 1);
		return set_worth(
		    plant(SHAPE_NOT, "not ", a, NULL), a->none, !is_true(a));
	case 1:
		a = grow_truth(depth - 1), b = grow_truth(depth - 1);
		return set_worth(plant(SHAPE_INFIX, "and", a, b),
		    a->none || (is_true(a) && b->none),
		    is_true(a) && is_true(b));
	case 2:
		a = grow_truth(depth - 1), b = grow_truth(depth - 1);
		return set_worth(plant(SHAPE_INFIX, "or", a, b),
		    a->none || (!is_true(a) && b->none),
		    is_true(a) || is_true(b));
	case 3: return grow_doors();
	default: return grow_comparison(depth);
	}
}

/* Of what the tree is held together by; higher binds stronger. */
static int
strength(const struct tree *t)
{
	switch (t->shape) {
	case SHAPE_NOT: return 3;
	case SHAPE_SIGN: return 7;
	case SHAPE_INFIX: break;
	default: return 8;
	}
	switch (t->text[0]) {
	case 'o': return 1;
	case 'a': return 2;
	case '+':
	case '-': return 5;
	case '*':
	case '/': return 6;
	default: return 4; /* comparisons */
	}
}

static void print(FILE *to, const struct tree *t, int wanted, bool full);

static void
print_infix(FILE *to, const struct tree *t, bool full)
{
	int own = strength(t);

	/* The left one goes on by itself, unless it is a comparison. */
	print(to, t->left, own == 4 ? 5 : own, full);
	fprintf(to, " %s ", t->text);
	print(to, t->right, own + 1, full);
}

static void
print_bare(FILE *to, const struct tree *t, bool full)
{
	switch (t->shape) {
	case SHAPE_LEAF: fputs(t->text, to); break;
	case SHAPE_SIGN:
	case SHAPE_NOT:
		fputs(t->text, to);
		print(to, t->left, strength(t), full);
		break;
	case SHAPE_CALL:
	case SHAPE_LIST:
		fprintf(to, "%s(", t->text);
		print(to, t->left, 0, full);
		if (t->right) {
			fputs(", ", to);
			print(to, t->right, 0, full);
		}
		fputs(")", to);
		break;
	case SHAPE_INFIX: print_infix(to, t, full); break;
	}
}

/* In brackets if it binds weaker than wanted; if full, always: but leaves,
 * for a word has no meaning alone. */
static void
print(FILE *to, const struct tree *t, int wanted, bool full)
{
	bool brackets = full ? t->shape != SHAPE_LEAF : strength(t) < wanted;

	fputs(brackets ? "(" : "", to);
	print_bare(to, t, full);
	fputs(brackets ? ")" : "", to);
}

static void
check_tree(const struct tree *t, bool full)
{
	char text[EXPR_TEXT_MAX + 1];
	FILE *to = fmemopen(text, sizeof(text), "w");
	double out = NAN;
	bool any;

	print(to, t, 0, full);
	ck_assert_int_eq(fclose(to), 0);
	any = eval(parse(text), &out);
	ck_assert_msg(any == !t->none, "%s: a result: %d", text, any);
	ck_assert_msg(!any || out == t->worth, "%s is %.17g not %.17g", text,
	    out, t->worth);
}

START_TEST(any_tree_is_worth_the_same_as_a_text)
{
	int results = 0, truths = 0;

	for (int i = 0; i < TREES; i++) {
		const struct tree *t;

		used = 0;
		t = i % 2 ? grow_truth(4) : grow_number(4);
		check_tree(t, false);
		check_tree(t, true);
		results += !t->none;
		truths += i % 2 && !t->none && is_true(t);
	}
	/* or it shows little */
	ck_assert_int_gt(results, TREES / 2);
	ck_assert_int_gt(truths, TREES / 10);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expr_trees");
	TCase *t = tcase_create("expr_trees");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, any_tree_is_worth_the_same_as_a_text);
	suite_add_tcase(s, t);
	return suite_run(s);
}
