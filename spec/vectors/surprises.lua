--- Where crier differs from the reference implementation on purpose. Each entry is
-- a reason, followed by templates and what crier gives for them (false: it fails).
local surprises = {}

local LIST = {
  { "A function that does not exist is refused when the template is compiled, not"
    .. " sent out as text.",
    '"a ${foo(1)}"', false },
  { "Half of a surrogate pair is no text: it becomes U+FFFD, as in every string.",
    '"${split(\'a😀b\',\'\')}"', '["a","\239\191\189","\239\191\189","b"]',
    '"${split(u, e)}"', '["Å","n","g","s","t","r","ö","m"," ","\239\191\189",'
      .. '"\239\191\189"," ","s","t","r","a","ß","e"]',
    '"${reverse(u)}"', '"eßarts \239\191\189\239\191\189 mörtsgnÅ"' },
  { "An object's keys keep the order in which they came, also those that look"
    .. " like numbers.",
    '"${setProperty(o,n,1)}"', '{"a":1,"b":{"c":"C"},"N":null,"5":1}' },
  { "Arithmetic on lists is refused, not NaN.",
    '"${n ^ arr}"', false, '"${f ^ arr}"', false, '"${arr ^ n}"', false,
    '"${arr ^ f}"', false, '"${arr ^ arr}"', false, '"${arr ^ 0}"', false,
    '"${0 ^ arr}"', false },
  { "A date without a time is no time of day; the reference has no word for it.",
    '"${getTimeOfDay(\'2027-03-28\')}"', false },
  { "The present resolves to nothing, not to \"undefined \".",
    '"${resolve(\'PRESENT_REF\')}"', false },
  { "A pattern's point is a character, also beyond U+FFFF.",
    '"${isMatch(\'😀\',\'^.$\')}"', "true" },
  { "Base64 is decoded past characters that are none of it.",
    '"${base64ToString(u)}"', '"\194\158\\u000b-\194\174k-\194\173\194\167"',
    '"${base64ToBinary(u)}"', '{"0":194,"1":158,"2":11,"3":45,"4":194,"5":174,'
      .. '"6":107,"7":45,"8":194,"9":173,"10":194,"11":167}',
    '"${dataUriToString(u)}"', '"\194\158\\u000b-\194\174k-\194\173\194\167"' },
}

local by_template = {}
for _, one in ipairs(LIST) do
  for i = 2, #one, 2 do
    by_template[one[i]] = { one[i + 1] }
  end
end

--- What crier gives.
-- @tparam string text template
-- @tparam ?string theirs
-- @treturn ?string
function surprises.expect(text, theirs)
  local ours = by_template[text]
  if ours then
    return ours[1] or nil
  end
  return theirs
end

return surprises
