-- lua/ runs under LuaJIT, 5.3 and 5.4: only what all of them have.
std = "min"
max_line_length = 100
self = false -- a method need not use its object
files["spec"] = { std = "+busted" }
files["rockspec"] = { std = "+rockspec" }
