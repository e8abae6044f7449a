# riser - one Makefile
#
#   make deps      installs what building and testing need (apt, npm)
#   make           builds build/riser;  make SAN=address,undefined  with sanitizers
#   make demo      a simulated estate, a broker and the gateway; DEMO_SECONDS=20 DEMO=s|m|l
#   make check     every test; ends with `N passed, N failed`
#   make bench fuzz torture install deb clean

SAN ?=
BUILD ?= build$(if $(SAN),/$(subst $(,),-,$(SAN)))
PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g
DEMO ?= s
DEMO_SECONDS ?=
FUZZ_SECONDS ?= 600
, := ,

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla -Wconversion -Wformat=2
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
override CFLAGS += -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP $(WARN) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all,$(HARDEN))
override LDFLAGS += $(if $(SAN),-fsanitize=$(SAN),-pie -Wl,-z,relro,-z,now)
LDLIBS := -lmodbus -lpaho-mqtt3as -lcurl -lz -lyaml -lzstd -lsqlite3 -ljansson -lcrypto -lmicrohttpd -lcrypt -lpthread -lm

DRIVERS := $(notdir $(basename $(shell grep -l '^const struct driver driver_' drivers/*.c)))
SOURCES := $(wildcard gateway/*.c gateway/*/*.c drivers/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/drivers_table.o $(BUILD)/assets_table.o
LIBRARY := $(BUILD)/libriser.a
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
PRELOADS := $(patsubst tests/preload/%.c,$(BUILD)/preload/%.so,$(wildcard tests/preload/*.c))
# What tests talk to: a serial line with its time, a farm of devices.
PLAYERS := $(BUILD)/tests/wire $(BUILD)/tests/farm
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))

# V=1 shows the commands.
Q := $(if $(V),,@)

.PHONY: all check tests bench fuzz fuzzers fuzz-programs preloads torture install deb demo deps clean
all: $(BUILD)/riser
tests: $(TESTS) $(PLAYERS)

$(BUILD)/riser: $(BUILD)/gateway/main.o $(LIBRARY)
	@echo '  link $@'
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(filter-out $(BUILD)/gateway/main.o,$(OBJECTS))
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  cc   $<'
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# The same source gives the same program, whenever it is built.
BUILT_S = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),0)
$(BUILD)/gateway/base/clock.o: override CFLAGS += -DCLOCK_BUILT_S=$(BUILT_S)

# The pages are in the binary, put together by esbuild.
DASHBOARD := $(shell find gateway/web/dashboard -type f)
$(BUILD)/assets_table.c: $(DASHBOARD)
	@[ -d build/web/node_modules/esbuild ] || { \
	echo "the pages are put together by esbuild, which is missing: run  tests/deps.sh build" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '  web  gateway/web/dashboard'
	$(Q)node gateway/web/dashboard/build.mjs build/web $(BUILD)/dashboard $@

$(BUILD)/assets_table.o: $(BUILD)/assets_table.c
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

# A protocol needs no registration: the folder is the list.
$(BUILD)/drivers_table.c: $(wildcard drivers/*.c) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "drivers/driver.h"'; \
	for d in $(DRIVERS); do echo "extern const struct driver driver_$$d;"; done; \
	echo 'const struct driver *const drivers[] = {'; \
	for d in $(DRIVERS); do echo "	&driver_$$d,"; done; echo '	0};'; } >$@

$(BUILD)/drivers_table.o: $(BUILD)/drivers_table.c
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

$(PLAYERS): $(BUILD)/tests/%: tests/%.c
	@mkdir -p $(@D)
	@echo '  test $<'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(BUILD)/tests/%: tests/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo '  test $<'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) -lcheck -lsubunit -lrt $(LDLIBS)

# It plays timedated; riser loads the library only to ask that.
$(BUILD)/tests/test_clockwatch: override LDLIBS += -lsystemd

# The floor is measured beside riser and has nothing of it.
$(BUILD)/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	@echo '  test $<'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< -lmodbus -lmosquitto

$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo '  test $<'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

# What makes the disk fail under the scenarios.
preloads: $(PRELOADS)
$(BUILD)/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	@echo '  test $<'
	$(Q)$(CC) $(filter-out -fsanitize=% -fPIE,$(CFLAGS)) -U_FORTIFY_SOURCE -fPIC -shared -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- tests ----

check:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory -j2 all tests preloads
	@$(MAKE) --no-print-directory -j2 fuzzers
	@BUILD=$(BUILD) tests/run.py

# Fuzzers have a build of their own: clang's, with sanitizers throughout.
fuzzers:
	@$(MAKE) --no-print-directory CC=clang BUILD=build/fuzz \
	SAN=fuzzer-no-link,address,undefined fuzz-programs
fuzz-programs: $(FUZZERS)
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(LIBRARY)
	@echo '  fuzz $<'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LDLIBS)

fuzz:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory -j2 fuzzers
	@FUZZ_SEED=0 FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run.py fuzz

torture:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory -j2 all tests preloads
	@BUILD=$(BUILD) TORTURE=1 tests/run.py unit scenario

bench:
	@tests/deps.sh check
	@$(MAKE) --no-print-directory -j2 all preloads $(PLAYERS) $(BENCHES)
	@BUILD=$(BUILD) tests/run.py bench

# ---- using it ----

deps:
	@tests/deps.sh check

demo:
	@tests/deps.sh demo
	@$(MAKE) -s --no-print-directory -j2 all
	@$(BUILD)/riser demo --size $(DEMO) $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/riser \
		$(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/modules-load.d
	install -m 755 $(BUILD)/riser $(DESTDIR)$(PREFIX)/bin/riser
	cp -r --no-preserve=ownership config/. $(DESTDIR)$(PREFIX)/share/riser/
	sed 's,/usr/local,$(PREFIX),' systemd/riser.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/riser.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/riser.service
	install -m 644 systemd/modules-load.conf $(DESTDIR)$(PREFIX)/lib/modules-load.d/riser.conf

deb: all
	@tests/deps.sh deb
	@BUILD=$(BUILD) systemd/deb.sh

clean:
	rm -rf build
