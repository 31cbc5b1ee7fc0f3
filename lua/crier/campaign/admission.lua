--- What a run may do with a name that the store knows already.
-- @module crier.campaign.admission
local admission = {}

local function differences(files, stored)
  local before, lines = {}, {}
  for _, file in ipairs(stored) do
    before[file.path] = file.digest
  end
  for _, file in ipairs(files) do
    if not before[file.path] then
      lines[#lines + 1] = file.path .. " is new"
    elseif before[file.path] ~= file.digest then
      lines[#lines + 1] = file.path .. " has changed"
    end
    before[file.path] = nil
  end
  for path in pairs(before) do
    lines[#lines + 1] = path .. " is gone"
  end
  table.sort(lines)
  return table.concat(lines, ", ")
end

local function other_content(row, files, stored, has_begun)
  local done = row.state == "finished" or row.state == "cancelled"
  if row.parent then
    return {
      exit = 65,
      why = ("%s is not finished, and has other content: %s"):format(row.name,
        differences(files, stored)),
      remedy = ("crier resume %s   goes on with it; crier cancel %s   ends it")
        :format(row.name, row.name),
    }
  end
  if row.talks == 1 and has_begun and not done then
    return {
      exit = 65,
      why = ("campaign %s talks with people, who have begun with other content: %s"):format(
        row.name, differences(files, stored)),
      remedy = ("crier resume %s   goes on with it as it was planned\n"
        .. "  crier cancel %s   ends it; the new content needs another name"):format(
        row.name, row.name),
    }
  end
  return {
    exit = 65,
    why = ("campaign %s was planned with other content: %s"):format(row.name,
      differences(files, stored)),
    remedy = (done and "it is " .. row.state .. ": "
        or row.state == "paused" and "use --update to put the new content in place for those"
          .. " not yet sent (it stays paused), or "
        or "use --update to send the new content to those not yet sent, or ")
      .. "give the new content another name",
  }
end

local function standing(row)
  if row.state == "paused" then
    return {
      exit = 3,
      why = ("campaign %s is paused: %s"):format(row.name,
        row.why or "by an operator"),
      remedy = "crier resume " .. row.name .. "   goes on with it",
    }
  end
  return {
    exit = 3,
    why = ("campaign %s was cancelled"):format(row.name),
    remedy = not row.finished_at and ("crier cancel %s   does it to the end"):format(row.name)
      or "a cancelled campaign is over: use another name",
  }
end

--- What a run ends with that has put new content into a paused campaign.
-- @tparam table row of the campaign
-- @tparam table counts of its targets
-- @treturn ?table nil when it is not paused
function admission.stays(row, counts)
  if row.state ~= "paused" then
    return nil
  end
  return {
    exit = 3,
    why = ("campaign %s has its new content, and is still paused: %s"):format(row.name,
      row.why or "by an operator"),
    remedy = ("crier resume %s   sends it to %d who are pending"):format(row.name,
      counts.pending) .. (counts.failed > 0 and ("\n  crier retry %s   sends it to %d who failed")
        :format(row.name, counts.failed) or ""),
  }
end

--- Decides.
-- @tparam ?table row the journal's campaign; false or nil when the name is new
-- @tparam table found `app`, `tenant`, `cloud`, `action`, `digest`, `files`, and
--   `update` (boolean: put new content in place), `lift` (boolean: go on with
--   a paused campaign), `again` (who failed is sent to again), `has_begun` (somebody
--   has got the message, or may have)
-- @tparam table stored the journal's bundle of that campaign
-- @treturn string `plan`, `go on`, `update`, `show` (it is finished), or
--   `refuse`
-- @treturn ?table `{ exit =, why =, remedy = }` with `refuse`
function admission.decide(row, found, stored)
  if not row then
    return "plan"
  end
  if row.app ~= found.app or row.tenant ~= found.tenant
    or row.cloud ~= found.cloud then
    return "refuse", {
      exit = 65,
      why = ("campaign %s belongs to tenant %s, app %s, cloud %s"):format(
        row.name, row.tenant, row.app, row.cloud),
      remedy = "use another name or another store",
    }
  elseif row.action ~= found.action then
    return "refuse", {
      exit = 65,
      why = ("campaign %s was planned to %s, not to %s"):format(row.name,
        row.action, found.action),
      remedy = "use another name",
    }
  elseif row.planned == 0 then
    return "plan"
  end
  local is_same = row.digest == found.digest
  local is_over = row.state == "finished" or row.state == "cancelled"
  local is_fixed = row.talks == 1 and found.has_begun
  if not is_same and (is_over or is_fixed or not found.update) then
    return "refuse", other_content(row, found.files, stored, found.has_begun)
  elseif row.state == "finished" then
    return found.again and "go on" or "show"
  elseif row.state == "cancelled"
    or row.state == "paused" and is_same and not found.lift then
    return "refuse", standing(row)
  end
  return is_same and "go on" or "update"
end

return admission
