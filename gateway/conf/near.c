/* near.c - which known word looks most like the given one */
#include "gateway/conf/near.h"

#include <ctype.h>
#include <string.h>

#define BEGINNING_MIN 4 /* letters of a word that may stand for all of it */

/* What it costs to write one letter for another: less if it is the same one,
 * small or capital. */
#define CASE 1
#define SLIP 2

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned
exchange(char a, char b)
{
	if (a == b)
		return 0;
	return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE
								      : SLIP;
}

/* Edit distance in which two neighbours swapped are one slip, not two: the
 * commonest slip of all ("unti"). */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned row[NEAR_LEN_MAX + 1][NEAR_LEN_MAX + 1];

	for (size_t i = 0; i <= a_len; i++)
		row[i][0] = SLIP * (unsigned)i;
	for (size_t j = 0; j <= b_len; j++)
		row[0][j] = SLIP * (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			unsigned d =
			    row[i - 1][j - 1] + exchange(a[i - 1], b[j - 1]);

			d = least(d, row[i - 1][j] + SLIP);
			d = least(d, row[i][j - 1] + SLIP);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d = least(d, row[i - 2][j - 2] + SLIP);
			row[i][j] = d;
		}
	}
	return row[a_len][b_len];
}

void
near_try(struct near *n, const char *word)
{
	size_t text_len = strlen(n->text), word_len = strlen(word);
	unsigned d, most = SLIP * (unsigned)(text_len < 3 ? 1 : text_len / 3);

	if (text_len > NEAR_LEN_MAX || word_len > NEAR_LEN_MAX)
		return;
	d = distance(n->text, text_len, word, word_len);
	if (text_len >= BEGINNING_MIN && d > most &&
	    strncmp(n->text, word, text_len) == 0)
		d = most; /* password, of password_file */
	if (d > most || d >= SLIP * word_len || (n->best && d > n->distance))
		return;
	n->tied = n->best && d == n->distance;
	if (n->tied)
		return;
	n->best = word;
	n->distance = d;
}
