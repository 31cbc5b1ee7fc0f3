--- The version of crier, a string: `crier.version`.
-- @module crier.version
return "0.1.0"
