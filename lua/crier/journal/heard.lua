--- The journal's tables of what the bot has heard, new with version 3.
--
--     inbox         what Teams sent to the bot: one row an activity, whose work is
--                   outstanding as long as it has a `due_at`
--     contact       (app, tenant, target key): who has the app and who lost it
--     team          (app, tenant, id): the teams that have the app
--     channel       (app, tenant, id): their channels
--     reaction      (app, tenant, conversation, message, target key, kind)
--     read_mark     (app, tenant, conversation, target key): up to which message
--                   a conversation was read
--     key_set       what tokens that come with it are verified with: a row a URL of
--                   OpenID metadata
-- @module crier.journal.heard
local heard = {}

--- SQL that makes them.
heard.sql = [[

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  activity_id TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  due_at INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  handled_at INTEGER,
  problem TEXT,
  answer_status INTEGER,
  answer TEXT,
  UNIQUE (app, tenant, conversation_id, activity_id, type)
);

CREATE INDEX inbox_due ON inbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX inbox_received ON inbox (received_at);

CREATE TABLE contact (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  target TEXT NOT NULL,
  teams_id TEXT,
  locale TEXT,
  state TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  installed_at INTEGER,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, target)
) WITHOUT ROWID;

CREATE INDEX contact_teams_id ON contact (app, tenant, teams_id);

CREATE TABLE team (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  group_id TEXT,
  name TEXT,
  state TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, id)
) WITHOUT ROWID;

CREATE TABLE channel (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  team TEXT NOT NULL,
  name TEXT,
  state TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, id)
) WITHOUT ROWID;

CREATE TABLE reaction (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  target TEXT NOT NULL,
  kind TEXT NOT NULL,
  is_there INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, conversation_id, message_id, target, kind)
) WITHOUT ROWID;

CREATE TABLE read_mark (
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  target TEXT NOT NULL,
  message_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (app, tenant, conversation_id, target)
) WITHOUT ROWID;

CREATE TABLE key_set (
  url TEXT PRIMARY KEY NOT NULL,
  text TEXT,
  fetched_at INTEGER,
  tried_at INTEGER,
  asked_at INTEGER,
  problem TEXT
);
]]

return heard
