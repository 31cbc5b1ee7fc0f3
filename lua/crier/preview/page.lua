--- A message as a page: the notification, and the card as Microsoft's renderer
-- draws it, on a phone and on a desk, light and dark; in all its variants and
-- languages, one after the other.
--
-- Where no script runs, or the renderer refuses the card, the simpler drawing of
-- `crier.report.card` stays.
-- @module crier.preview.page
local card = require "crier.report.card"
local cjson = require "cjson.safe"
local core = require "crier.core"
local host = require "crier.preview.host"
local html = require "crier.report.html"
local json = require "crier.format.json"
local renderer = require "crier.preview.renderer"
local style = require "crier.report.style"

local page = {}

local h = html.element

local CSS = style.css .. [[
body { max-width: 80rem; }
.panes { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.pane { margin: 0; max-width: 100%; }
.pane.phone { width: 22rem; }
.pane.desk { width: 36rem; }
.screen { border-radius: .75rem; padding: 1rem; border: 1px solid var(--line); }
.screen.light { background: #f0f0f0; color: #242424; }
.screen.dark { background: #141414; color: #ffffff; }
.screen .card, .screen .drawn {
  border: 1px solid; border-radius: .4rem; max-width: none; overflow: hidden;
  background: transparent; margin: .5rem 0 0;
}
.screen.light .card, .screen.light .drawn { border-color: #d1d1d1; background: #ffffff; }
.screen.dark .card, .screen.dark .drawn { border-color: #525252; background: #292929; }
.screen.light a { color: #4f52b2; }
.screen.dark a { color: #a6a7dc; }
.toast {
  border-radius: .5rem; padding: .5rem .75rem; font-size: .875rem;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
.screen.light .toast { background: #ffffff; border: 1px solid #d1d1d1; }
.screen.dark .toast { background: #292929; border: 1px solid #525252; }
.drawn table { width: auto; margin: 0; }
.drawn td, .drawn th { border: 0; padding: 0; }
.ac-pushButton {
  font: inherit; font-size: 14px; font-weight: 600; padding: 5px 12px;
  border: 1px solid #8a8886; border-radius: 4px; background: transparent;
  color: inherit;
}
]]

-- Runs in the page, after the renderer. Marks in texts become elements here;
-- everything else in them is escaped first.
local SCRIPT = [==[
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  function escape(text) {
    return text.replace(/[&<>"']/g, function (mark) {
      return "&#" + mark.charCodeAt(0) + ";";
    });
  }
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = function (text, result) {
    result.outputHtml = escape(text)
      .replace(/\[([^\[\]]+)\]\(((?:https?:\/\/|mailto:)[^\s()]+)\)/g,
        '<a href="$2" rel="noopener noreferrer">$1</a>')
      .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
      .replace(/(^|[^\w])_([^_]+)_(?!\w)/g, "$1<em>$2</em>")
      .replace(/\r\n?|\n/g, "<br>");
    result.didProcess = true;
  };
  document.querySelectorAll("[data-theme]").forEach(function (place) {
    var message = data.messages[place.getAttribute("data-message")];
    message.cards.forEach(function (content, i) {
      try {
        var made = new AdaptiveCards.AdaptiveCard();
        made.hostConfig = new AdaptiveCards.HostConfig(
          data.configs[place.getAttribute("data-theme")]);
        made.onExecuteAction = function () {};
        made.parse(content);
        var drawn = document.createElement("div");
        drawn.className = "drawn";
        drawn.appendChild(made.render());
        var simple = place.querySelectorAll(".card")[message.first + i];
        simple.parentNode.insertBefore(drawn, simple);
        simple.hidden = true;
        simple.style.display = "none";
      } catch (problem) { console.log(String(problem)); }
    });
  });
})();
]==]

-- The cards of one message, and how many drawings come before them.
local function cards_of(activity)
  local made, cards = cjson.decode(activity) or {}, {}
  local has_text = type(made.text) == "string" and made.text ~= ""
  for _, each in ipairs(type(made.attachments) == "table" and made.attachments
    or {}) do
    if type(each) == "table" and type(each.content) == "table" then
      cards[#cards + 1] = cjson.encode(each.content)
    end
  end
  return ('{"first":%d,"cards":[%s]}'):format(has_text and 1 or 0,
    table.concat(cards, ","))
end

-- Inside a script element only `<` could end it.
local function data_of(each)
  local messages = {}
  for i, one in ipairs(each) do
    messages[i] = cards_of(one.activity)
  end
  local text = ('{"configs":%s,"messages":[%s]}'):format(json.encode(host.configs),
    table.concat(messages, ","))
  return (text:gsub("<", "\\u003c"))
end

local function pane(shown, toast, wide, theme, nth, language)
  return h("figure", { class = "pane " .. (wide and "desk" or "phone") },
    h("figcaption", nil, (wide and "On a desk, " or "On a phone, ") .. theme),
    h("div", { class = "screen " .. theme, ["data-theme"] = theme,
        ["data-message"] = ("%d"):format(nth - 1), lang = language or false },
      toast and h("div", { class = "toast" }, toast), shown))
end

local function section(one, nth)
  local shown, toast = card.show(one.activity)
  local function draw(wide, theme)
    return pane(shown, toast, wide, theme, nth, one.language)
  end
  return h("section", { id = ("m%d"):format(nth) },
    one.label and h("h2", nil, one.label) or false,
    h("p", nil, "The notification says: ", toast and h("q", nil, toast)
      or "Sent a card", (". %d bytes as Teams counts."):format(
      core.activity.size(one.activity))),
    h("div", { class = "panes" }, draw(false, "light"), draw(false, "dark"),
      draw(true, "light"), draw(true, "dark")),
    h("details", nil, h("summary", nil, "The message as JSON"),
      h("pre", nil, json.pretty(one.activity))))
end

-- Where each of several messages is on the page.
local function contents(each)
  if #each == 1 then
    return false
  end
  local links = {}
  for i, one in ipairs(each) do
    links[2 * i - 1] = i > 1 and " · " or false
    links[2 * i] = h("a", { href = ("#m%d"):format(i) }, one.label)
  end
  return h("nav", nil, h("p", nil, links))
end

--- Makes the page.
-- @tparam table each array of messages, see `crier.report.sample.each`
-- @tparam table options `name` (of the campaign), `whom` (who it is made for),
--   `pictures` (boolean: pictures are fetched from where the card says)
-- @treturn string
function page.make(each, options)
  local nonce, sections = core.text.random_hex(16), {}
  for i, one in ipairs(each) do
    sections[i] = section(one, i)
  end
  return html.page {
    title = "Preview of " .. options.name,
    css = CSS,
    policy = ("default-src 'none'; style-src 'unsafe-inline'; img-src data:%s;"
      .. " script-src 'nonce-%s'"):format(options.pictures and " https:" or "",
        nonce),
    body = {
      h("header", nil, h("h1", nil, "Preview of ", options.name),
        h("p", { class = "note" }, "As it would be made for ", options.whom, ". ",
          renderer.name, " draws the cards; Teams differs in details.",
          options.pictures and "" or " Pictures are not fetched: say --pictures."),
        contents(each)),
      h("main", nil, sections,
        h("details", nil, h("summary", nil, "Licence of " .. renderer.name),
          h("pre", nil, renderer.licence))),
      h("script", { id = "data", type = "application/json", nonce = nonce },
        html.raw(data_of(each))),
      h("script", { nonce = nonce }, html.raw((renderer.script:gsub(
        "\n//# sourceMappingURL=[^\n]*", "")))),
      h("script", { nonce = nonce }, html.raw(SCRIPT)),
    },
  }
end

return page
