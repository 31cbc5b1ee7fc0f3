CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  tenant TEXT NOT NULL,
  fence INTEGER NOT NULL DEFAULT 0,
  UNIQUE (app, tenant)
);

CREATE TABLE campaign (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
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
  reason TEXT,
  status INTEGER,
  code TEXT,
  text TEXT,
  remedy TEXT,
  request_id TEXT,
  conversation_id TEXT,
  service_url TEXT,
  activity_id TEXT,
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

