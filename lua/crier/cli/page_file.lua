--- Writes a page to a file, or to standard output.
-- @module crier.cli.page_file
local core = require "crier.core"
local output = require "crier.cli.output"

local page_file = {}

--- Puts a text in a file's place at once: whoever reads it sees the old text or the
-- new one, never a part.
-- @tparam string path
-- @tparam string text
-- @tparam ?boolean is_private nobody else may read it
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
function page_file.put(path, text, is_private)
  local aside = ("%s.%d.part"):format(path, core.fs.pid())
  local ok, message = core.fs.create(aside, text, is_private and "private" or "plain")
  if ok then
    ok, message = os.rename(aside, path)
    message = message and message:gsub("^.*: ", "")
    if not ok then
      os.remove(aside)
    end
  end
  if not ok then
    return nil, ("%s cannot be written: %s"):format(path, message)
  end
  return true
end

--- Writes a page, and says so.
-- @tparam string path `-` for standard output
-- @tparam string text
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
function page_file.write(path, text)
  if path == "-" then
    output.write(text)
    return true
  end
  local ok, message = page_file.put(path, text)
  if not ok then
    return nil, message
  end
  io.stderr:write("wrote ", path, "\n")
  return true
end

return page_file
