-- Starts busted in whichever Lua runs this file, wherever it is installed.
require "busted.runner" { standalone = false }
