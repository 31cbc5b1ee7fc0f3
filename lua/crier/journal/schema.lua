--- The journal's tables.
--
--     lane          (app, tenant): one holder at a time, `fence` rises; the
--                   service URL that its tenant turned out to need
--     campaign      one row a name: what it does, state, why it stands still;
--                   `test_of` names the campaign that it tests
--     bundle        the script, its modules and cards as they were planned
--     target        one row for (campaign, step, key): narrow, often written
--     recipient     what templates see of a target: wide, written once
--     conversation  (app, tenant, host, target key): shared by all campaigns
--     click         (target, url): how often a button was pressed
--     approval      who signed a campaign's plan, as its digest says
--     canary        campaign: who is sent to first, and how far that is
--     event         what somebody did to a campaign, and how it ended
--     removal       (app, tenant, target key): who took the app off on purpose
--     opt_out       (tenant, target key, topic): who is not to be sent to; topic
--                   `*` is the suppression list
--     delta         (tenant, key): how far the directory was read for newcomers,
--     delta_known   and who was there already; `campaign` had them as newcomers
--
-- A target's life: state `pending` with a phase of its campaign's route (see
-- `crier.campaign.route`), `held` (see `crier.campaign.canary`), put aside (see
-- `crier.journal.asides`) or `intent` (a request that may have left), then `delivered`,
-- `failed`, `excluded` or `unknown`. `due_at` orders the work of one phase.
-- What the bot has heard has tables of its own: see `crier.journal.heard`; so have polls:
-- see `crier.journal.polls`.
-- @module crier.journal.schema
local clicks = require "crier.journal.clicks"
local dialogs = require "crier.journal.dialogs"
local heard = require "crier.journal.heard"
local polls = require "crier.journal.polls"

local schema = {}

-- New with version 2.
local EVENT = [[

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  command TEXT NOT NULL,
  options TEXT NOT NULL,
  user TEXT,
  host TEXT,
  pid INTEGER,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  exit_status INTEGER,
  why TEXT,
  counts TEXT
);

CREATE INDEX event_campaign ON event (campaign);
]]

--- Raised with each change of the tables.
schema.version = 3

-- What version 2 added for audiences.
local AUDIENCE = [[

CREATE TABLE removal (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  target TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, target)
) WITHOUT ROWID;

CREATE TABLE opt_out (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  topic TEXT NOT NULL,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tenant, key, topic)
) WITHOUT ROWID;

CREATE TABLE delta (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  link TEXT NOT NULL,
  selection TEXT NOT NULL,
  read_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) WITHOUT ROWID;

CREATE TABLE delta_known (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  target TEXT NOT NULL,
  campaign INTEGER,
  PRIMARY KEY (tenant, key, target)
) WITHOUT ROWID;
]]

-- New with version 3.
local APPROVAL = [[

CREATE TABLE approval (
  id INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  digest TEXT NOT NULL,
  who TEXT NOT NULL,
  host TEXT,
  at INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  comment TEXT,
  withdrawn_at INTEGER
);

CREATE INDEX approval_campaign ON approval (campaign);
]]

-- New with version 3: how fast, and how carefully.
local CARE = [[

ALTER TABLE campaign ADD COLUMN rate REAL;
ALTER TABLE campaign ADD COLUMN lifted_at INTEGER;
ALTER TABLE target ADD COLUMN canary INTEGER;

CREATE INDEX target_canary ON target (campaign) WHERE canary = 1;

CREATE TABLE canary (
  campaign INTEGER PRIMARY KEY REFERENCES campaign (id),
  people INTEGER NOT NULL,
  held_from INTEGER,
  asked_at INTEGER,
  passed_at INTEGER
);
]]

-- New with version 3: whether a worker began it, and goes on with it.
local SERVED = [[

ALTER TABLE campaign ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
]]

-- New with version 3: why a campaign was paused that sends again to who failed alone.
local ASIDE = "\nALTER TABLE campaign ADD COLUMN aside TEXT;\n"

-- New with version 3: plans that were made through the door.
local PLAN = [[

CREATE TABLE plan (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  script TEXT NOT NULL,
  state TEXT NOT NULL,
  why TEXT,
  remedy TEXT,
  name TEXT,
  recipients INTEGER,
  digest TEXT,
  content_digest TEXT,
  campaign TEXT,
  plan TEXT,
  message TEXT
);
]]

-- New with version 3: when. A recipient's zone is nil where the campaign's holds.
local WHEN = [[

ALTER TABLE campaign ADD COLUMN waits_until INTEGER;
ALTER TABLE campaign ADD COLUMN zone TEXT;
ALTER TABLE lane ADD COLUMN paused_until INTEGER;
ALTER TABLE recipient ADD COLUMN zone TEXT;
ALTER TABLE recipient ADD COLUMN country TEXT;
]]

-- New with version 3: dialogs.
local DIALOG = dialogs.sql .. polls.sql .. "\nALTER TABLE campaign ADD COLUMN talks"
  .. " INTEGER NOT NULL DEFAULT 0;\n"

-- New with version 3: what the ledger is counted by, so that no row need be read. Who
-- is done changes no more: there each row enters once. `target_given` has nobody where
-- a campaign has one message for all.
local LEDGER = [[

CREATE INDEX target_done
  ON target (campaign, step, state, reason, variant, language, rerouted)
  WHERE state <> 'pending';

CREATE INDEX target_given ON target (campaign, step, variant, language, phase)
  WHERE state = 'pending' AND coalesce(variant, language) IS NOT NULL;
]]

-- New with version 3: what is noted of what people do with a campaign's message.
local TRACK = [[

ALTER TABLE campaign ADD COLUMN tracks_clicks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN tracks_reactions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN tracks_reads INTEGER NOT NULL DEFAULT 0;
]] .. clicks.sql

--- SQL that makes an empty store.
schema.sql = [[
CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  fence INTEGER NOT NULL DEFAULT 0,
  service_url TEXT,
  UNIQUE (app, tenant)
);

CREATE TABLE campaign (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  action TEXT NOT NULL DEFAULT 'send',
  parent INTEGER REFERENCES campaign (id),
  test_of TEXT,
  lane INTEGER NOT NULL REFERENCES lane (id),
  cloud TEXT NOT NULL,
  state TEXT NOT NULL,
  why TEXT,
  digest TEXT NOT NULL,
  script TEXT NOT NULL,
  on_unknown TEXT NOT NULL,
  planned INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  targeted INTEGER NOT NULL DEFAULT 0,
  token_calls INTEGER NOT NULL DEFAULT 0,
  graph_calls INTEGER NOT NULL DEFAULT 0,
  connector_calls INTEGER NOT NULL DEFAULT 0,
  throttled INTEGER NOT NULL DEFAULT 0,
  called_at INTEGER,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  exit_status INTEGER
);

CREATE TABLE bundle (
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  content TEXT,
  PRIMARY KEY (campaign, path)
);

CREATE TABLE target (
  id INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  step TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL,
  phase TEXT,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  installed INTEGER,
  installed_at INTEGER,
  repaired INTEGER NOT NULL DEFAULT 0,
  doubt INTEGER NOT NULL DEFAULT 0,
  reinstalled INTEGER NOT NULL DEFAULT 0,
  rerouted TEXT,
  reason TEXT,
  status INTEGER,
  code TEXT,
  text TEXT,
  remedy TEXT,
  request_id TEXT,
  installation_id TEXT,
  conversation_id TEXT,
  service_url TEXT,
  activity_id TEXT,
  variant TEXT,
  language TEXT,
  planned_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (campaign, step, key)
);

CREATE INDEX target_due ON target (campaign, phase, due_at, id)
  WHERE state = 'pending' AND phase <> 'intent';

CREATE TABLE recipient (
  target INTEGER PRIMARY KEY REFERENCES target (id),
  upn TEXT,
  name TEXT,
  fields TEXT NOT NULL,
  csv TEXT
);

CREATE TABLE conversation (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  host TEXT NOT NULL,
  target TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  service_url TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, host, target)
) WITHOUT ROWID;
]] .. EVENT .. AUDIENCE .. APPROVAL .. CARE .. ASIDE .. SERVED .. WHEN .. PLAN .. DIALOG
  .. TRACK .. LEDGER .. heard.sql

--- SQL that brings a store of an earlier version to the next one.
schema.upgrades = {
  [1] = [[
ALTER TABLE lane ADD COLUMN service_url TEXT;
ALTER TABLE campaign ADD COLUMN action TEXT NOT NULL DEFAULT 'send';
ALTER TABLE campaign ADD COLUMN parent INTEGER REFERENCES campaign (id);
ALTER TABLE target ADD COLUMN installation_id TEXT;
]] .. EVENT .. AUDIENCE,
  [2] = [[
ALTER TABLE target ADD COLUMN variant TEXT;
ALTER TABLE target ADD COLUMN language TEXT;
ALTER TABLE target ADD COLUMN reinstalled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE target ADD COLUMN rerouted TEXT;
ALTER TABLE campaign ADD COLUMN test_of TEXT;
]] .. APPROVAL .. CARE .. ASIDE .. SERVED .. WHEN .. PLAN .. DIALOG .. TRACK .. LEDGER
    .. heard.sql,
}

return schema
