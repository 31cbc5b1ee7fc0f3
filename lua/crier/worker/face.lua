--- The face of a campaign that nobody looks at: it asks nothing, since whoever began it
-- was asked, and keeps what a caller wants to know.
-- @module crier.worker.face
local face = {}

local face_methods = {}
local face_mt = { __index = face_methods }

--- Creates a face.
-- @tparam table job whose `read` counts people while the audience is read
-- @tparam ?function log called with a table for each answered call
-- @treturn table see `crier.campaign.run`
function face.new(job, log)
  return setmetatable({ job = job, log = log }, face_mt)
end

--- There is nobody.
function face_methods.is_interactive()
  return false
end

--- Says nothing.
function face_methods.began()
end

--- Counts people read.
-- @tparam integer count
function face_methods:reading(count)
  self.job.read = self.job.read + count
end

--- Goes on: whoever began the campaign has confirmed it.
-- @tparam table question
-- @treturn boolean true
function face_methods:confirm(question)
  self.job.question = question
  return true
end

--- Says nothing.
function face_methods.started()
end

return face
