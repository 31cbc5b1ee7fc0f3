--- A paused campaign that sends again to those who failed: who waits in it stays where
-- they are, and it is paused again when the others are done.
-- @module crier.campaign.aside
local aside = {}

--- Whether a run sends to nobody but those who failed.
-- @tparam crier.campaign.run run with its `campaign`
-- @treturn boolean
function aside.holds(run)
  local row, options = run.campaign, run.options
  if options.again then
    return row.state == "paused" or row.aside ~= nil
  end
  return row.aside ~= nil and not options.lift
end

--- How many wait for such a run, and in which phases, before it begins.
-- @tparam crier.campaign.run run
-- @treturn integer
-- @treturn table phase -> number
function aside.waiting(run)
  local targets, row = run.journal.targets, run.campaign
  if not aside.holds(run) then
    return targets:counts(row.id).pending, targets:phases(row.id)
  elseif row.state == "paused" then
    return 0, {}
  end
  local phases = targets:phases(row.id, true)
  return targets:counts(row.id).pending - run.journal.asides:count(row.id), phases
end

--- Pauses a campaign again. Call it inside a transaction.
-- @tparam crier.campaign.run run
-- @tparam ?string why nil when somebody has paused it meanwhile
-- @treturn boolean true; or nil, message, code
function aside.pause(run, why)
  local ok, message, code = true, nil, nil
  if why then
    ok, message, code = run.journal.campaigns:set_state(run.campaign.id, "paused", why)
  end
  if not ok then
    return nil, message, code
  end
  return run.journal.asides:take_back(run.campaign)
end

--- Ends such a run: it is paused again, once it has nobody left to send to.
-- @tparam crier.campaign.run run
-- @tparam table stop from `crier.campaign.dispatch`
-- @treturn table the same, or what the run ends with instead
function aside.finish(run, stop)
  local row = run.campaign
  if not row.aside or stop.state ~= "finished" and stop.state ~= "paused" then
    return stop
  end
  local is_done, why = stop.state == "finished", stop.why or row.aside
  local ok, message = run.journal:transaction(function()
    return aside.pause(run, (is_done or stop.why) and why or nil)
  end)
  if not ok then
    return { exit = 78, state = "stopped", why = ("store %s: %s"):format(run.store, message) }
  end
  return is_done and { exit = 3, state = "paused", because = why,
    why = ("campaign %s is still paused: %s"):format(row.name, why),
    remedy = ("who failed was sent to again\n  crier resume %s   goes on with who is pending")
      :format(row.name) } or stop
end

return aside
