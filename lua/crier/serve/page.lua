--- The page's files: read once, answered as they are, with nothing allowed that they do
-- not need.
-- @module crier.serve.page
local core = require "crier.core"

local page = {}

local FILES = { ["/"] = { "index.html", "text/html; charset=utf-8" },
  ["/page.js"] = { "page.js", "text/javascript; charset=utf-8" },
  ["/page.css"] = { "page.css", "text/css; charset=utf-8" },
  ["/page.js.LEGAL.txt"] = { "page.js.LEGAL.txt", "text/plain; charset=utf-8" } }
local POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
  .. " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

--- Whether a folder has the page in it.
-- @tparam string folder
-- @treturn boolean
function page.is_in(folder)
  return core.fs.is_regular(folder .. "/page.js")
end

--- Adds the routes.
-- @tparam crier.serve server
-- @tparam string folder
function page.add(server, folder)
  for path, file in pairs(FILES) do
    local response = { status = 200, body = read(folder .. "/" .. file[1]) or "", headers = {
      ["Content-Type"] = file[2],
      ["Content-Security-Policy"] = POLICY,
      ["X-Content-Type-Options"] = "nosniff",
      ["Referrer-Policy"] = "no-referrer",
      ["Cross-Origin-Opener-Policy"] = "same-origin",
      ["Cross-Origin-Resource-Policy"] = "same-origin",
      ["Cache-Control"] = "no-cache",
    } }
    server:on("GET", path, function() return response end)
  end
end

return page
