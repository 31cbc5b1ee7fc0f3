--- Other processes, for the specs that need one.
local shell = {}

--- Quotes `text` for the shell.
function shell.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a command; gives what it wrote, without the line's end.
function shell.run(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return (text:gsub("%s+$", ""))
end

--- Makes a folder: in memory where that can be had, since no power is lost here.
-- @treturn string its path
function shell.folder()
  return shell.run "mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"
end

--- Writes Lua text to a file that finds the same modules as this process.
function shell.script(text)
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write(("package.path, package.cpath = %q, %q\n")
    :format(package.path, package.cpath), text)
  f:close()
  return path
end

--- The command that runs a script with the interpreter of this process.
function shell.lua(path)
  return arg[-1] .. " " .. shell.quote(path)
end

--- Runs Lua text in another process; gives what it wrote.
function shell.child(text, prefix)
  local path = shell.script(text)
  os.execute("chmod 644 " .. shell.quote(path))
  local output = shell.run((prefix or "") .. shell.lua(path) .. " 2>&1")
  os.remove(path)
  return output
end

return shell
