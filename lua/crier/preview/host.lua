--- What the renderer is told of Teams: fonts, spaces and colours, light and dark.
-- @module crier.preview.host
local host = {}

local SIZES = { small = 12, default = 14, medium = 14, large = 18,
  extraLarge = 24 }
local WEIGHTS = { lighter = 300, default = 400, bolder = 600 }
local FONT = "'Segoe UI', system-ui, sans-serif"

local function shade(default, subtle)
  return { default = default, subtle = subtle }
end

local LIGHT = { default = shade("#242424", "#616161"),
  dark = shade("#000000", "#616161"), light = shade("#ffffff", "#d6d6d6"),
  accent = shade("#4f52b2", "#5b5fc7"), good = shade("#0b6a0b", "#107c10"),
  warning = shade("#835c00", "#835c00"), attention = shade("#a4262c", "#c4314b") }
local DARK = { default = shade("#ffffff", "#adadad"),
  dark = shade("#000000", "#616161"), light = shade("#ffffff", "#d6d6d6"),
  accent = shade("#a6a7dc", "#9299f7"), good = shade("#92c353", "#92c353"),
  warning = shade("#f2c661", "#f2c661"), attention = shade("#ff9a9a", "#f9526b") }

local function styles(text, backs)
  local made = {}
  for name, back in pairs(backs) do
    made[name] = { backgroundColor = back, foregroundColors = text }
  end
  return made
end

local function config(text, backs, line)
  return {
    fontFamily = FONT,
    fontSizes = SIZES,
    fontWeights = WEIGHTS,
    supportsInteractivity = true,
    spacing = { small = 8, default = 12, medium = 16, large = 20,
      extraLarge = 24, padding = 16 },
    separator = { lineThickness = 1, lineColor = line },
    containerStyles = styles(text, backs),
    actions = { maxActions = 6, spacing = "default", buttonSpacing = 8,
      showCard = { actionMode = "inline", inlineTopMargin = 16 },
      actionsOrientation = "horizontal", actionAlignment = "left" },
    imageSizes = { small = 32, medium = 52, large = 100 },
    factSet = { title = { weight = "bolder", wrap = true, maxWidth = 150 },
      value = { wrap = true }, spacing = 16 },
  }
end

--- The renderer's settings by theme.
host.configs = {
  light = config(LIGHT, { default = "#ffffff", emphasis = "#f5f5f5",
    accent = "#e8ebfa", good = "#e7f2da", attention = "#fdf3f4",
    warning = "#fbf6d9" }, "#e0e0e0"),
  dark = config(DARK, { default = "#292929", emphasis = "#1f1f1f",
    accent = "#2f2f4a", good = "#1b3a12", attention = "#3f1011",
    warning = "#463100" }, "#525252"),
}

return host
