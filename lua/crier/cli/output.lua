--- Standard output, whose failure is never overlooked: an export that was cut
-- short must not look like a whole one.
-- @module crier.cli.output
local output = {}

local failure -- the first; of the process, as standard output itself is

--- Writes to standard output.
-- @param ... strings
-- @treturn boolean whether it went well so far
function output.write(...)
  local ok, message = io.stdout:write(...)
  if not ok then
    failure = failure or message
  end
  return ok and true or false
end

--- Flushes standard output.
-- @tparam integer status the exit status of a command that went well
-- @treturn integer `status`; 1, after saying why, when something was not
--   written. A reader that has gone away (`| head`) is no failure.
function output.finish(status)
  local ok, message = io.stdout:flush()
  local found = failure or not ok and message or nil
  if not found or found:find("Broken pipe", 1, true) then
    return status
  end
  io.stderr:write("crier: standard output cannot be written: ",
    (found:gsub("^.*: ", "")), "\n")
  return status == 0 and 1 or status
end

return output
