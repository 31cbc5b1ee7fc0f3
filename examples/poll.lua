-- A poll of everybody, anonymous, in two languages: who has not answered is asked again
-- each day, for three days.
--
--   crier preview examples/poll.lua
--   crier run examples/poll.lua     # sends the question
--   crier serve                     # takes the answers, and reminds
--   crier results canteen-2027
local crier = require "crier"

return crier.campaign {
  name = "canteen-2027",
  audience = crier.users {},
  message = crier.poll {
    title = { en = "The canteen, a year from now", de = "Die Kantine in einem Jahr" },
    questions = {
      { name = "often",
        title = { en = "How often will you eat there?", de = "Wie oft werden Sie dort essen?" },
        choices = {
          { en = "Every day", de = "Jeden Tag" },
          { en = "Once or twice a week", de = "Ein- oder zweimal in der Woche" },
          { en = "Never", de = "Nie" } } },
      { name = "dishes", multiple = true,
        title = { en = "What would you like to find?", de = "Was würden Sie gern finden?" },
        choices = { { en = "Soup", de = "Suppe" }, { en = "Salad", de = "Salat" }, "Pizza" } },
      { name = "else", text = true, optional = true,
        title = { en = "Anything else?", de = "Sonst noch etwas?" } },
    },
    anonymous = true,
    within = "3d", remind = "1d",
    submit = { en = "Send", de = "Absenden" },
    missing = { en = "Please choose.", de = "Bitte wählen Sie." },
    note = { en = "Anonymous: answers are counted, not who gave them.",
      de = "Anonym: gezählt wird, was geantwortet wird, nicht von wem." },
    thanks = { en = "Thank you! The results will be on the intranet.",
      de = "Vielen Dank! Die Ergebnisse stehen dann im Intranet." },
  },
  fallback = "en",
  install = true,
}
