# crier: a C core, a Lua module around it, and a program that runs both.
#
#   src/core, src/bind (but for what follows)    -> build/crier/core.so
#   src/core/{arrival,guests,listening,server}.c,
#     src/bind/lserver.c                         -> build/crier/server.so
#   src/core/{archive,icon}.c, bind/larchive.c   -> build/crier/archive.so
#   src/host/main.c                              -> build/bin/crier
#   src/page (make page, with npm)               -> build/page
#
# Nothing is written outside build/.  CC, CFLAGS, LDFLAGS are the user's;
# WERROR=1 makes warnings errors.  The specs find what they test by
#   CRIER_BIN     the program (default build/bin/crier)
#   CRIER_CPATH   the modules (default ./build/?.so)
# so that `make sanitize` can put its own build of both in their place.

PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O2 -g
LDFLAGS ?=
WERROR  ?= 0
# V=1 shows the commands.
Q = $(if $(V),,@)
# make -s says nothing.
SAY = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)
PKG_CONFIG ?= pkg-config
# What pure Lua, and what runs in a gateway, is tested under besides Lua 5.4.
PORTABLE ?= luajit lua5.3

# LUA is the Lua that the modules are for.  The program, the specs and all else
# are of 5.4; for one that a gateway embeds (LUA=lua5.3, LUA=luajit) the modules
# alone are built, below build/lua5.3 or build/luajit.
LUA    ?= $(firstword $(shell for l in lua5.4 lua54 lua; do \
  $$l -e 'assert(_VERSION == "Lua 5.4")' 2>/dev/null && echo $$l; done) lua5.4)
# 5.4 or 5.3; LuaJIT is a 5.1.
LUA_VERSION := $(firstword \
  $(shell $(LUA) -e 'print(_VERSION:match "%d.%d")' 2>/dev/null) 5.4)
export LUA PORTABLE

# Distributions disagree on the name of a Lua; the first that exists wins.
first_pc = $(shell for p in $(1); do \
  $(PKG_CONFIG) --exists "$$p >= $(2)" "$$p < $(3)" 2>/dev/null && \
  echo $$p && break; done)
ifeq ($(LUA_VERSION),5.3)
LUA_PC := $(call first_pc,lua5.3 lua-5.3 lua53 lua,5.3,5.4)
BUILD  ?= build/lua5.3
else ifeq ($(LUA_VERSION),5.1)
LUA_PC := $(call first_pc,luajit,2,3)
BUILD  ?= build/luajit
else
LUA_PC := $(call first_pc,lua5.4 lua-5.4 lua54 lua,5.4,5.5)
BUILD  ?= build
PROGRAMS = $(BUILD)/bin/crier
endif

CORE_PKGS   = libcurl jansson sqlite3 cjose libcrypto libpcre2-8
SERVER_PKGS = libmicrohttpd
ARCHIVE_PKGS = libzip libpng
cflags_of   = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
LUA_CFLAGS ?= $(call cflags_of,$(LUA_PC))
libs_of     = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

WARN = -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
       -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Wundef \
       -Wcast-qual $(if $(filter 1,$(WERROR)),-Werror)

# Ours are separate, so that a packager's CFLAGS never lose them.
OUR_CFLAGS := $(WARN) -fPIC -fvisibility=hidden \
              -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
              $(LUA_CFLAGS) $(call cflags_of,$(CORE_PKGS) $(SERVER_PKGS) \
              $(ARCHIVE_PKGS))

ifeq ($(shell uname -s),Darwin)
MODULE  = -bundle -undefined dynamic_lookup
PROGRAM =
else
MODULE  = -shared -Wl,--as-needed
PROGRAM = -Wl,-E -Wl,--as-needed
endif

# Each module has its own copy of SHARED_SRCS; hidden symbols keep them apart.
SHARED_SRCS = src/bind/bind.c
SERVER_ONLY = src/core/arrival.c src/core/guests.c src/core/listening.c \
  src/core/server.c src/bind/lserver.c
SERVER_SRCS = $(SERVER_ONLY) $(SHARED_SRCS)
ARCHIVE_ONLY = src/core/archive.c src/core/icon.c src/bind/larchive.c
ARCHIVE_SRCS = $(ARCHIVE_ONLY) $(SHARED_SRCS)
CORE_SRCS   = $(filter-out $(SERVER_ONLY) $(ARCHIVE_ONLY),\
  $(wildcard src/core/*.c src/bind/*.c))
HOST_SRCS   = $(wildcard src/host/*.c)

objects = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
SRCS    = $(sort $(CORE_SRCS) $(SERVER_SRCS) $(ARCHIVE_SRCS) $(HOST_SRCS))
OBJS    = $(call objects,$(SRCS))
BENCHES = $(patsubst spec/%.c,$(BUILD)/%,$(wildcard spec/bench/*.c))
HELPERS = $(patsubst spec/support/%.c,$(BUILD)/spec/%,$(wildcard spec/support/*.c)) \
          $(patsubst spec/preload/%.c,$(BUILD)/spec/%.so,$(wildcard spec/preload/*.c))
MODULES = core server archive
BUILT   = $(MODULES:%=$(BUILD)/crier/%.so) $(PROGRAMS)

.PHONY: all everything page demo test lint sanitize fuzz bench doc install clean deps help show

# Builds the program and its modules; needs no network.
all: $(BUILT)

$(BUILD)/crier/core.so: $(call objects,$(CORE_SRCS))
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(MODULE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs_of,$(CORE_PKGS))

$(BUILD)/crier/server.so: $(call objects,$(SERVER_SRCS))
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(MODULE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs_of,$(SERVER_PKGS))

$(BUILD)/crier/archive.so: $(call objects,$(ARCHIVE_SRCS))
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(MODULE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs_of,$(ARCHIVE_PKGS))

$(BUILD)/bin/crier: $(call objects,$(HOST_SRCS))
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(PROGRAM) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs_of,$(LUA_PC)) \
	  -lm -ldl

$(BUILD)/bench/%: spec/bench/%.c
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(OUR_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(call libs_of,libcurl)

# A fuzz target may use all of src/core: see .ci/fuzz.
FUZZED = $(call objects,$(filter src/core/%,$(CORE_SRCS) $(ARCHIVE_SRCS)))
$(BUILD)/fuzz/%: spec/fuzz/%.c spec/fuzz/input.h $(FUZZED)
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(OUR_CFLAGS) -I src -fsanitize=fuzzer $(CFLAGS) $(LDFLAGS) -o $@ \
	  $(filter-out %.h,$^) $(call libs_of,$(CORE_PKGS) $(ARCHIVE_PKGS) $(LUA_PC))

$(BUILD)/spec/%: spec/support/%.c
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(OUR_CFLAGS) $(PROGRAM) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  $(call libs_of,$(LUA_PC) libssl libcrypto) -lm -ldl

$(BUILD)/spec/%.so: spec/preload/%.c
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(OUR_CFLAGS) -shared $(CFLAGS) $(LDFLAGS) -o $@ $< -ldl

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D) && $(SAY) "  $@"
	$(Q)$(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJS:.o=.d)

# Builds what the specs and measurements need as well.
everything: all $(BENCHES) $(HELPERS)

# Builds the page of `crier serve`; its packages come from npm into build/.
page: $(BUILD)/page/page.js

PAGE_SRCS = $(wildcard src/page/*) src/page/.npmrc
$(BUILD)/page/page.js: $(PAGE_SRCS)
	@mkdir -p $(BUILD)/page.src && $(SAY) "  $@"
	$(Q)cp $(PAGE_SRCS) $(BUILD)/page.src
	$(Q)cd $(BUILD)/page.src && npm ci --silent && node build.mjs ../page

# Runs the first campaign against the sandbox, installing what is missing.
demo:
	@.ci/deps build
	@$(MAKE) --no-print-directory all
	@bash spec/support/demo.sh

# Runs the whole suite, installing what is missing; ends with the counts.
test:
	@.ci/deps test
	@$(MAKE) --no-print-directory everything
	@$(MAKE) --no-print-directory page || \
	  echo "page: npm could not install its packages: its specs wait" >&2
	@for other in $(PORTABLE); do \
	  ! $(PKG_CONFIG) --exists $$other || \
	  $(MAKE) --no-print-directory LUA=$$other BUILD=build/$$other || exit; \
	done
	@.ci/suite $(LUA) $(PORTABLE)

# Checks all C, Lua and shell for warnings, form and house rules.
lint:
	@.ci/deps lint
	+@.ci/lint

# Runs the suite again under AddressSanitizer and UndefinedBehaviorSanitizer.
sanitize:
	@.ci/deps test
	+@.ci/sanitize

# Feeds random input to the parsers, a bounded number of runs each.
fuzz:
	@.ci/deps lint
	@.ci/fuzz

# Measures CPU, rate and memory beside a bare libcurl loop.
bench: all $(BENCHES)
	$(LUA) spec/bench/run.lua
	$(LUA) spec/bench/template.lua
	$(LUA) spec/bench/dialogs.lua
	$(LUA) spec/bench/ledger.lua
	$(LUA) spec/bench/verifier.lua

# Writes the reference of the Lua module into build/doc.
doc:
	@.ci/deps lint
	ldoc --fatalwarnings --quiet --config .config.ld .

# What `make page` has built, if it has.
PAGE_FILES = $(wildcard $(BUILD)/page/*)

# Installs program, modules, documentation and examples below PREFIX.
install: all
	@set -e; to='$(DESTDIR)$(PREFIX)'; \
	put() { mkdir -p "$$(dirname "$$3")" && install -m "$$1" "$$2" "$$3"; }; \
	for so in $(MODULES); do \
	  put 755 $(BUILD)/crier/$$so.so "$$to/lib/lua/$(LUA_VERSION)/crier/$$so.so"; \
	done; \
	for program in $(PROGRAMS); do \
	  put 755 "$$program" "$$to/bin/crier"; \
	done; \
	for file in $(PAGE_FILES); do \
	  put 644 "$$file" "$$to/share/crier/page/$${file##*/}"; \
	done; \
	find lua -name '*.lua' | while read -r file; do \
	  put 644 "$$file" "$$to/share/lua/$(LUA_VERSION)/$${file#lua/}"; \
	done; \
	find $(wildcard README.md LICENSE examples) -type f | \
	while read -r file; do put 644 "$$file" "$$to/share/doc/crier/$$file"; done

# Removes everything that was built.
clean:
	rm -rf build

# Installs whatever build, test and lint still miss.
deps:
	@.ci/deps all

# Lists these targets.
help:
	@awk '/^# /{c=substr($$0,3)} /^[a-z]+:/{sub(":.*",""); \
	  printf "%-10s %s\n",$$0,c} !/^#/{c=""}' Makefile

# Prints the variable WHAT, for the specs.
show:
	@echo $($(WHAT))
