-- Does Graph show the people of the tenant?
local finding = require "crier.doctor.finding"

return {
  { key = "people", what = "people",
    needs = { "graph host", "graph token" },
    run = function(context)
      local page, message, code, outcome =
        context.client.graph:users { select = "id", top = 1 }
      if not page then
        return finding.failed(message, code, outcome)
      elseif type(page.value) ~= "table" then
        return finding.wrong("the directory's answer has no list of users", nil, 69)
      elseif #page.value == 0 then
        return finding.warning("the tenant has nobody", "check AZURE_TENANT_ID")
      end
      return finding.ok "can be read"
    end },
}
