-- One campaign as a measured process.
--
--   lua5.4 spec/bench/campaign.lua SCRIPT
--
-- Runs SCRIPT with the environment's settings, without a display, and prints
-- one JSON line: people delivered, seconds and CPU seconds of the plan and of
-- the sending apart, and the largest memory that the process ever had.
package.path = "lua/?.lua;lua/?/init.lua;" .. package.path
package.cpath = "build/?.so;" .. package.cpath

local core = require "crier.core"
local json = require "crier.format.json"
local run = require "crier.campaign.run"

local began = { cpu = os.clock(), wall = core.clock.now_ms() }
local sending

local face = {
  is_interactive = function() return false end,
  began = function() end,
  reading = function() end,
  confirm = function() return true end,
  started = function()
    sending = { cpu = os.clock(), wall = core.clock.now_ms() }
  end,
}

local function peak_kb()
  local kb
  for line in io.lines "/proc/self/status" do
    kb = kb or line:match "^VmHWM:%s*(%d+)"
  end
  return tonumber(kb)
end

local work = run.new {
  path = arg[1],
  face = face,
  clock = core.clock,
  transport = core.transport.new {},
}
local ending = work:go()
work:close()
local ended = { cpu = os.clock(), wall = core.clock.now_ms() }
if ending.why or not sending then
  io.stderr:write(tostring(ending.why), "\n")
end
sending = sending or ended
print(json.ordered({
  exit = ending.exit,
  delivered = ending.ledger and ending.ledger.delivered or 0,
  plan_s = (sending.wall - began.wall) / 1000,
  plan_cpu_s = sending.cpu - began.cpu,
  send_s = (ended.wall - sending.wall) / 1000,
  send_cpu_s = ended.cpu - sending.cpu,
  peak_kb = peak_kb(),
}, { "exit", "delivered", "plan_s", "plan_cpu_s", "send_s", "send_cpu_s",
  "peak_kb" }))
os.exit(ending.exit)
