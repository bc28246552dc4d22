"""The SQL of the first migrations: feeds, entries, stories, the ledger, the outbox, articles, digests."""

TABLES_1 = """
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE feeds (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    next_due_at TEXT NOT NULL,
    lease_until TEXT,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    polls INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    last_poll_at TEXT,
    last_success_at TEXT,
    last_result TEXT NOT NULL DEFAULT '',
    last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX feeds_due ON feeds (next_due_at) WHERE active = 1;
CREATE INDEX feeds_leased ON feeds (host, lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    feed_id TEXT NOT NULL REFERENCES feeds (id),
    identity TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    fingerprint TEXT NOT NULL,
    link TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    content TEXT NOT NULL,
    author TEXT NOT NULL,
    outlet TEXT NOT NULL,
    language TEXT NOT NULL,
    published_at TEXT,
    first_seen_at TEXT NOT NULL,
    revised_at TEXT,
    UNIQUE (feed_id, identity)
) STRICT;
CREATE INDEX entries_link ON entries (link);
CREATE INDEX entries_first_seen ON entries (first_seen_at);

CREATE TABLE revisions (
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    revision INTEGER NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    content TEXT NOT NULL,
    replaced_at TEXT NOT NULL,
    PRIMARY KEY (entry_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE stories (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    opened_at TEXT NOT NULL
) STRICT;

CREATE TABLE story_entries (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
    story_id INTEGER NOT NULL REFERENCES stories (id),
    joined_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    score REAL NOT NULL,
    near_entry_id INTEGER REFERENCES entries (id),
    veto TEXT,
    stance TEXT NOT NULL
) STRICT;
CREATE INDEX story_entries_story ON story_entries (story_id);
CREATE INDEX story_entries_joined ON story_entries (joined_at);

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    rule_id TEXT NOT NULL,
    rule_title TEXT NOT NULL,
    owner TEXT NOT NULL,
    notes TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'notice', 'high', 'critical')),
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'closed')),
    story_id INTEGER NOT NULL REFERENCES stories (id),
    title TEXT NOT NULL,
    opened_at TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_opened ON alerts (opened_at);

CREATE TABLE matches (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    revision INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories (id),
    at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('alerted', 'folded', 'dropped')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    alert_id INTEGER REFERENCES alerts (id),
    subject TEXT NOT NULL,
    stance TEXT NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (entry_id, revision, rule_id),
    CHECK ((outcome = 'dropped') = (alert_id IS NULL))
) STRICT;
CREATE INDEX matches_told ON matches (rule_id, at) WHERE alert_id IS NOT NULL;
CREATE INDEX matches_alert ON matches (alert_id) WHERE alert_id IS NOT NULL;

CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER REFERENCES alerts (id),
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'drill')),
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CHECK ((kind = 'drill') = (alert_id IS NULL))
) STRICT;
CREATE INDEX notices_alert ON notices (alert_id);
CREATE UNIQUE INDEX notices_opened ON notices (alert_id) WHERE kind = 'opened';

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    notice_id INTEGER NOT NULL REFERENCES notices (id),
    receiver TEXT NOT NULL,
    recipient TEXT NOT NULL,
    medium TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'deferred', 'ambiguous', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    queued_at TEXT NOT NULL,
    due_at TEXT,
    lease_until TEXT,
    settled_at TEXT,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (notice_id, receiver, recipient),
    CHECK ((state IN ('sent', 'failed')) = (due_at IS NULL))
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (receiver, lease_until) WHERE lease_until IS NOT NULL;
"""

TABLES_2 = """
ALTER TABLE feeds ADD COLUMN seen BLOB NOT NULL DEFAULT x'';
ALTER TABLE feeds ADD COLUMN hints TEXT NOT NULL DEFAULT '{}';
ALTER TABLE feeds ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN moved_hits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN stopped_at TEXT;
ALTER TABLE feeds ADD COLUMN not_before TEXT;
ALTER TABLE feeds ADD COLUMN due_why TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN last_fault TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN cadence TEXT NOT NULL DEFAULT '{}';
ALTER TABLE feeds ADD COLUMN health TEXT NOT NULL DEFAULT '{}';

ALTER TABLE entries ADD COLUMN link_key TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN updated_at TEXT;
ALTER TABLE entries ADD COLUMN declared_language TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN enclosures TEXT NOT NULL DEFAULT '[]';
UPDATE entries SET link_key = canonical_link(link);
CREATE INDEX entries_link_key ON entries (feed_id, link_key) WHERE link_key <> '';

CREATE TABLE alerts_2 (
    id INTEGER PRIMARY KEY,
    rule_id TEXT NOT NULL,
    rule_title TEXT NOT NULL,
    owner TEXT NOT NULL,
    notes TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'notice', 'high', 'critical')),
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'closed')),
    story_id INTEGER REFERENCES stories (id),
    feed_id TEXT REFERENCES feeds (id),
    blind_spot TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    CHECK ((story_id IS NULL) = (blind_spot <> ''))
) STRICT;
INSERT INTO alerts_2 (id, rule_id, rule_title, owner, notes, severity, state, story_id, title, opened_at)
    SELECT id, rule_id, rule_title, owner, notes, severity, state, story_id, title, opened_at FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_2 RENAME TO alerts;
CREATE INDEX alerts_opened ON alerts (opened_at);
CREATE UNIQUE INDEX alerts_blind ON alerts (COALESCE(feed_id, ''), blind_spot)
    WHERE blind_spot <> '' AND state <> 'closed';

CREATE TABLE notices_2 (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER REFERENCES alerts (id),
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'closed', 'drill')),
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CHECK ((kind = 'drill') = (alert_id IS NULL))
) STRICT;
INSERT INTO notices_2 (id, alert_id, kind, subject, created_at)
    SELECT id, alert_id, kind, subject, created_at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_2 RENAME TO notices;
CREATE INDEX notices_alert ON notices (alert_id);
CREATE UNIQUE INDEX notices_once ON notices (alert_id, kind) WHERE alert_id IS NOT NULL;
"""

TABLES_3 = """
ALTER TABLE entries ADD COLUMN fulltext TEXT NOT NULL DEFAULT '';

CREATE TABLE articles (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id),
    feed_id TEXT NOT NULL REFERENCES feeds (id),
    link TEXT NOT NULL,
    host TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'fetched', 'refused', 'failed', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    queued_at TEXT NOT NULL,
    due_at TEXT,
    lease_until TEXT,
    host_free_at TEXT,
    settled_at TEXT,
    beginning TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'queued') = (due_at IS NOT NULL))
) STRICT;
CREATE INDEX articles_due ON articles (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX articles_queued ON articles (queued_at) WHERE due_at IS NOT NULL;
CREATE INDEX articles_host ON articles (host, host_free_at) WHERE host_free_at IS NOT NULL;
CREATE INDEX articles_leased ON articles (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX articles_fetched ON articles (link) WHERE state = 'fetched';
CREATE INDEX articles_beginning ON articles (feed_id, beginning) WHERE beginning <> '';

CREATE TABLE article_requests (
    at TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    PRIMARY KEY (at, entry_id)
) STRICT, WITHOUT ROWID;
"""

TABLES_4 = """
CREATE TABLE notices_4 (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER REFERENCES alerts (id),
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'closed', 'drill', 'digest')),
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CHECK ((kind IN ('drill', 'digest')) = (alert_id IS NULL))
) STRICT;
INSERT INTO notices_4 (id, alert_id, kind, subject, created_at)
    SELECT id, alert_id, kind, subject, created_at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_4 RENAME TO notices;
CREATE INDEX notices_alert ON notices (alert_id);
CREATE UNIQUE INDEX notices_once ON notices (alert_id, kind) WHERE alert_id IS NOT NULL;

CREATE TABLE matches_4 (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    revision INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories (id),
    at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('alerted', 'folded', 'digest', 'dropped')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    alert_id INTEGER REFERENCES alerts (id),
    line_id INTEGER REFERENCES matches (id),
    digest_id INTEGER REFERENCES notices (id),
    assertion TEXT NOT NULL DEFAULT 'done',
    cue TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL,
    stance TEXT NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (entry_id, revision, rule_id),
    CHECK ((outcome IN ('alerted', 'folded')) = (alert_id IS NOT NULL)),
    CHECK (outcome = 'digest' OR (line_id IS NULL AND digest_id IS NULL))
) STRICT;
INSERT INTO matches_4 (id, entry_id, revision, rule_id, story_id, at, outcome, reason, detail, alert_id, subject,
    stance, evidence)
    SELECT id, entry_id, revision, rule_id, story_id, at, outcome, reason, detail, alert_id, subject, stance, evidence
    FROM matches;
DROP TABLE matches;
ALTER TABLE matches_4 RENAME TO matches;
CREATE INDEX matches_told ON matches (rule_id, at) WHERE alert_id IS NOT NULL;
CREATE INDEX matches_alert ON matches (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX matches_listed ON matches (rule_id, at) WHERE outcome = 'digest';
CREATE INDEX matches_digest ON matches (digest_id) WHERE outcome = 'digest';
"""
