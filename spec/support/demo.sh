#!/usr/bin/env bash
# The main job on real input: 500 people listed page by page, none of whom has
# the app; it is installed for each, each chat is opened, each gets a card of
# their own, over HTTP, with Teams' limits and with faults on. Then the ledger
# is compared, person by person, with what the sandbox received.
set -u
cd "$(dirname "$0")/../.." || exit 1
crier=${CRIER_BIN:-build/bin/crier}
lua=${LUA:-lua5.4}
people=500
faults=429=0.002,503=0.002,502-after=0.004,cut-before=0.004,blocked=0.01,policy=0.01

# Nothing is inherited: neither settings nor proxies.
for name in $(compgen -e); do
  case $name in
    AZURE_* | CRIER_* | *_proxy | *_PROXY | IDENTITY_* | LUA_*) unset "$name" ;;
  esac
done

work=$(mktemp -d)
sandbox=
finish() {
  [ -n "$sandbox" ] && kill "$sandbox" 2>/dev/null && wait "$sandbox" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

echo "1. The sandbox: $people people, Teams' limits, faults $faults"
mkfifo "$work/ready"
"$crier" sandbox --port 0 --users "$people" --seed 7 --latency 40:10 \
  --faults "$faults" >"$work/ready" &
sandbox=$!
read -r -t 20 ready <"$work/ready" || { echo "the sandbox did not start"; exit 1; }
eval "$("$lua" - "$ready" <<'LUA'
for name, value in pairs(require("cjson").decode(arg[1]).env) do
  print(("export %s='%s'"):format(name, (value:gsub("'", "'\\''"))))
end
LUA
)"
url=${ready#*\"url\":\"} url=${url%%\"*}
export CRIER_STORE="sqlite:$work/demo.db"

echo "2. crier run examples/hello.lua"
"$crier" run examples/hello.lua
status=$?
echo "   exit status $status (0: all delivered, 2: some failed or unknown)"

echo "3. Ledger and sandbox, person by person"
"$crier" export hello >"$work/export.jsonl" || exit 1
"$crier" status hello --json
"$lua" spec/support/fetch.lua "$url/_sandbox/stats"
"$lua" spec/support/fetch.lua "$url/_sandbox/deliveries" >"$work/deliveries.jsonl"
"$lua" spec/support/compare.lua "$work/export.jsonl" "$work/deliveries.jsonl" ||
  exit 1
case $status in 0 | 2) exit 0 ;; *) exit 1 ;; esac
