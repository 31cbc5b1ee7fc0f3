--- Who operates crier: the person behind a command.
--
-- A store belongs to one account, and people work with it through sudo or doas:
-- these tell who called them.
-- @module crier.operator

local operator = {}

--- Tells the person's name.
-- @tparam[opt=os.getenv] function getenv
-- @treturn ?string user of the operating system; nil when the system tells none
function operator.name(getenv)
  getenv = getenv or os.getenv
  for _, variable in ipairs { "SUDO_USER", "DOAS_USER" } do
    if (getenv(variable) or "") ~= "" then
      return getenv(variable)
    end
  end
  return require("crier.core").fs.username() -- here: a script is checked without it
end

return operator
