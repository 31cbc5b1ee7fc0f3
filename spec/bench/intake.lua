-- How many events `crier serve` takes from a bad line, and what of them it keeps: RATE a
-- second for SECONDS, copies, late and slow ones among them; beside them requests that are
-- to be refused, and 10,000 connections on which nothing comes; and it is killed KILLS times
-- meanwhile. See support/intake.lua.
--
--   lua5.4 spec/bench/intake.lua [RATE [SECONDS [KILLS]]]       (default 1000, 60, 1)
--
-- Prints one JSON line: requests, answers by kind, how long acknowledgements took
-- (milliseconds), the CPU of `crier serve` for each request, what the store holds, and what
-- of it is wrong; fails when anything is.
package.path = "lua/?.lua;lua/?/init.lua;spec/?.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local intake = require "support.intake"
local json = require "crier.format.json"

local RATE, SECONDS = tonumber(arg[1]) or 1000, tonumber(arg[2]) or 60
local PEOPLE, BESIEGERS = 5000, 10000

local result = intake.run { rate = RATE, events = RATE * SECONDS, people = PEOPLE,
  latest_ms = 2000, besiegers = BESIEGERS, kills = tonumber(arg[3]) or 1 }

local took = result.took
table.sort(took)
local function share(part)
  return math.floor(took[math.max(1, math.ceil(#took * part))] * 10) / 10
end

local wrong = result.exit == 0 and 0 or 1
for _, count in pairs(result.wrong) do
  wrong = wrong + count
end
print(json.ordered({ requests = result.sent, per_second = result.per_second,
  answers = result.answers, median_ms = share(0.5), p99_ms = share(0.99),
  longest_ms = share(1), cpu_us = math.floor(result.cpu_ms * 1000 / result.sent),
  killed = result.killed, besiegers = result.besiegers, peak_kib = result.peak_kib,
  acknowledged = result.acknowledged, stored = result.stored, wrong = result.wrong,
  unexpected = result.unexpected }, { "requests", "per_second", "answers", "median_ms",
  "p99_ms", "longest_ms", "cpu_us", "peak_kib", "besiegers", "killed", "acknowledged",
  "stored", "wrong", "unexpected" }))
os.exit(wrong == 0 and 0 or 1)
