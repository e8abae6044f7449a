#!/bin/sh
# style.sh - the form of the code: clang-format, functions of at most 70 lines, files of at most 600.
set -eu
cd "$(dirname "$0")/.."

bad=0
files=$(find gateway drivers tests -name '*.[ch]' | sort)
clang-format --dry-run --Werror $files || bad=1
# A function's body stands between a { and a } in the first column.
for f in $files; do
	case $f in tests/*) continue ;; esac
	awk -v f="$f" '/^\{/{s=NR} /^\}/{if(s&&NR-s+1>70){print f":"s": a function of "NR-s+1" lines, at most 70";e=1} s=0} END{exit e}' "$f" || bad=1
	[ "$(wc -l <"$f")" -le 600 ] || { echo "$f: more than 600 lines"; bad=1; }
done
exit $bad
