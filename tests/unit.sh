#!/bin/sh
# unit.sh - systemd/riser.service: no mistake, and an exposure of at most 1.5.
set -eu
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

# The program need not be installed for its unit to be judged.
sed 's,/usr/local/bin/riser,/bin/true,' systemd/riser.service >"$dir/riser.service"
said=$(systemd-analyze verify --man=no "$dir/riser.service" 2>&1 | grep -F riser.service || true)
if [ -z "$said" ]; then
	echo "ok  - systemd finds no mistake in the unit"
else
	printf 'FAIL- systemd finds no mistake in the unit\n%s\n' "$said"
	bad=1
fi
if systemd-analyze security --offline=true --threshold=15 --no-pager systemd/riser.service >"$dir/score" 2>&1; then
	echo "ok  - exposure at most 1.5: $(tail -n 1 "$dir/score" | grep -o '[0-9][0-9.]*')"
else
	echo "FAIL- exposure at most 1.5"
	cat "$dir/score"
	bad=1
fi
exit $bad
