--- Tokens of Adaptive Expressions.
--
-- The lexical rules are those of its grammar: the longest token wins, so that
-- `5 %2` is a number and a name; blanks and line ends stand between tokens.
-- @module crier.template.lexer
local lexer = {}

local find, match, sub = string.find, string.match, string.sub

-- The longest first.
local OPERATORS = {
  "==", "!=", "<>", "&&", "||", "<=", ">=", "=>", "??",
  "<", ">", "&", "?", "!", "+", "-", "*", "/", "%", "^",
}

local lexer_methods = {}
local lexer_mt = { __name = "crier.lexer", __index = lexer_methods }

--- Starts reading an expression; `next` gives the first token.
-- @tparam string source
-- @treturn crier.lexer `kind` and `text` are the token's, which lies from `at` to
--   `stop` - 1; kinds are `string`, `number`, `identifier`, `operator`, `end`,
--   and each other character by itself
function lexer.new(source)
  return setmetatable({ source = source, at = 1, stop = 1 }, lexer_mt)
end

--- Raises a refusal, for the parser's `pcall`.
-- @tparam string message
-- @tparam[opt] integer at byte offset, default that of the token
function lexer_methods:fail(message, at)
  error({ at = at or self.at, message = message }, 0)
end

local function skip_blanks(text, at)
  repeat
    local start = at
    at = match(text, "^[ \t\n]*()", at)
    at = match(text, "^\r\n()", at) or match(text, "^\194\160()", at)
      or match(text, "^\239\187\191()", at) or at
  until at == start
  return at
end

local function identifier(text, at)
  return match(text, "^@@[A-Za-z0-9_]*", at)
    or match(text, "^[A-Za-z_#@$%%][A-Za-z0-9_]*", at)
end

--- Reads the next token.
function lexer_methods:next()
  local text = self.source
  local at = skip_blanks(text, self.stop)
  self.at = at
  local function take(kind, token)
    self.kind, self.text, self.stop = kind, token, at + #token
  end
  local char = sub(text, at, at)
  if char == "" then
    return take("end", "")
  elseif char == "'" or char == '"' then
    local stop = lexer.string_end(text, at)
    if not stop then
      self:fail("this string has no end")
    end
    return take("string", sub(text, at, stop))
  end
  local token = identifier(text, at)
  if token and token ~= "%" then
    return take("identifier", token)
  end
  token = match(text, "^%d+%.%d+", at) or match(text, "^%d+", at)
  if token then
    return take("number", token)
  end
  for i = 1, #OPERATORS do
    if sub(text, at, at + #OPERATORS[i] - 1) == OPERATORS[i] then
      return take("operator", OPERATORS[i])
    end
  end
  return take(char, match(text, "^[%z\1-\127\194-\244][\128-\191]*", at) or char)
end

--- Takes the token if it is this one.
-- @tparam string text
-- @treturn boolean
function lexer_methods:accept(text)
  if self.text ~= text or self.kind == "string" then
    return false
  end
  self:next()
  return true
end

--- Finds the closing quote of a string.
-- @tparam string text
-- @tparam integer at offset of the opening quote
-- @treturn ?integer offset of the closing quote
function lexer.string_end(text, at)
  local quote = sub(text, at, at)
  local pos = at + 1
  while true do
    local stop = find(text, "[\\" .. quote .. "]", pos)
    if not stop then
      return nil
    elseif sub(text, stop, stop) == quote then
      return stop
    end
    local next_char = sub(text, stop + 1, stop + 1)
    pos = stop + ((next_char == quote or next_char == "\\") and 2 or 1)
  end
end

local ESCAPES = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\" }

--- The text that a string token means.
-- @tparam string token with its quotes
-- @treturn string
function lexer.string_text(token)
  local quote = sub(token, 1, 1)
  local text = sub(token, 2, -2):gsub("\\" .. quote, quote)
  return (text:gsub("\\(.)", ESCAPES))
end

--- Tells whether a text is a name.
-- @tparam string text
-- @treturn boolean
function lexer.is_name(text)
  return identifier(text, 1) == text and text ~= "%"
end

return lexer
