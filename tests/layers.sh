#!/bin/sh
# layers.sh - who may include whom.  Prints each include that breaks the rule; exit 1 if any does.
set -eu
cd "$(dirname "$0")/.."

bad=0
# rule FOLDER-OF-FILES ALLOWED-PREFIXES...: an include of ours must begin with one of them.
rule() {
	files=$1
	shift
	allowed=$(printf '|%s' "$@")
	hits=$(grep -HnE '^#include "' $files 2>/dev/null | grep -vE "#include \"(${allowed#|})" || true)
	[ -z "$hits" ] || { printf '%s\n' "$hits" | sed 's/$/  <- not allowed here/'; bad=1; }
}

rule 'drivers/*.[ch]' drivers/
rule 'gateway/base/*.[ch]' gateway/base/
rule 'gateway/measure/*.[ch]' gateway/base/ gateway/measure/
rule 'gateway/alarm/*.[ch]' gateway/base/ gateway/measure/ gateway/alarm/
rule 'gateway/store/*.[ch]' gateway/base/ gateway/measure/sample gateway/measure/timeline gateway/measure/slot gateway/alarm/order gateway/store/
rule 'gateway/poll/*.[ch]' gateway/base/ gateway/measure/ gateway/poll/ drivers/driver.h
rule 'gateway/sinks/*.[ch]' gateway/base/ gateway/measure/ gateway/alarm/ gateway/store/ gateway/sinks/
rule 'gateway/web/*.[ch]' gateway/base/ gateway/measure/ gateway/alarm/ gateway/store/ gateway/web/
# measure/ and alarm/ are pure: no threads, no descriptors, no clocks.
hits=$(grep -HnE '#include <(pthread|poll|unistd|fcntl|time|sys/.*)\.h>|clock\.h' gateway/measure/*.[ch] gateway/alarm/*.[ch] || true)
[ -z "$hits" ] || { printf '%s\n' "$hits" | sed 's/$/  <- measure\/ and alarm\/ are pure/'; bad=1; }
# A particular driver is nobody's business but the table's.
hits=$(grep -HnE 'drivers/[a-z_]+\.h' gateway -r --include='*.[ch]' | grep -v 'drivers/driver\.h' || true)
[ -z "$hits" ] || { printf '%s\n' "$hits" | sed 's/$/  <- only drivers\/driver.h/'; bad=1; }
# Nothing can write to a device.
hits=$(grep -HnE 'modbus_(write|mask_write|report)' -r gateway drivers || true)
[ -z "$hits" ] || { printf '%s\n' "$hits" | sed 's/$/  <- riser never writes/'; bad=1; }
exit $bad
