"""The SQL of what rules remember over time: evidence and changes of trackers, updates of alerts, figures, outages."""

TABLES_5 = """
CREATE TABLE matches_5 (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entries (id),
    revision INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories (id),
    at TEXT NOT NULL,
    dated_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('alerted', 'folded', 'held', 'digest', 'dropped')),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    alert_id INTEGER REFERENCES alerts (id),
    line_id INTEGER REFERENCES matches (id),
    digest_id INTEGER REFERENCES notices (id),
    assertion TEXT NOT NULL DEFAULT 'done',
    cue TEXT NOT NULL DEFAULT '',
    origin TEXT NOT NULL DEFAULT '{}',
    happened INTEGER NOT NULL DEFAULT 1 CHECK (happened IN (0, 1)),
    subject TEXT NOT NULL,
    stance TEXT NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (entry_id, revision, rule_id),
    CHECK ((outcome IN ('alerted', 'folded')) = (alert_id IS NOT NULL)),
    CHECK (outcome = 'digest' OR line_id IS NULL)
) STRICT;
INSERT INTO matches_5 (id, entry_id, revision, rule_id, story_id, at, dated_at, outcome, reason, detail, alert_id,
    line_id, digest_id, assertion, cue, subject, stance, evidence)
    SELECT id, entry_id, revision, rule_id, story_id, at, at, outcome, reason, detail, alert_id, line_id, digest_id,
        assertion, cue, subject, stance, evidence FROM matches;
DROP TABLE matches;
ALTER TABLE matches_5 RENAME TO matches;
CREATE INDEX matches_told ON matches (rule_id, at) WHERE alert_id IS NOT NULL;
CREATE INDEX matches_happened ON matches (rule_id, dated_at) WHERE alert_id IS NOT NULL AND happened = 1;
CREATE INDEX matches_alert ON matches (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX matches_listed ON matches (rule_id, at) WHERE outcome = 'digest';
CREATE INDEX matches_digest ON matches (digest_id) WHERE outcome IN ('digest', 'held');
CREATE INDEX matches_held ON matches (rule_id, dated_at) WHERE outcome = 'held';
CREATE INDEX matches_dated ON matches (rule_id, dated_at) WHERE outcome <> 'dropped';
CREATE INDEX matches_story ON matches (story_id, rule_id, dated_at) WHERE outcome <> 'dropped';

CREATE TABLE notices_5 (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER REFERENCES alerts (id),
    kind TEXT NOT NULL CHECK (kind IN ('opened', 'update', 'escalation', 'closed', 'drill', 'digest')),
    subject TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CHECK ((kind IN ('drill', 'digest')) = (alert_id IS NULL))
) STRICT;
INSERT INTO notices_5 (id, alert_id, kind, subject, created_at)
    SELECT id, alert_id, kind, subject, created_at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_5 RENAME TO notices;
CREATE INDEX notices_alert ON notices (alert_id);
CREATE UNIQUE INDEX notices_once ON notices (alert_id, kind) WHERE kind IN ('opened', 'closed');

ALTER TABLE alerts ADD COLUMN label TEXT NOT NULL DEFAULT '';

CREATE TABLE alert_updates (
    id INTEGER PRIMARY KEY,
    alert_id INTEGER NOT NULL REFERENCES alerts (id),
    kind TEXT NOT NULL CHECK (kind IN ('update', 'escalation')),
    name TEXT NOT NULL,
    detail TEXT NOT NULL,
    severity TEXT NOT NULL DEFAULT '' CHECK (severity IN ('', 'info', 'notice', 'high', 'critical')),
    match_id INTEGER REFERENCES matches (id),
    at TEXT NOT NULL,
    notice_id INTEGER REFERENCES notices (id),
    UNIQUE (alert_id, kind, name, detail)
) STRICT;

CREATE TABLE tracker_changes (
    id INTEGER PRIMARY KEY,
    rule_id TEXT NOT NULL,
    facet TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('transition', 'milestone', 'set')),
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    first_at TEXT NOT NULL,
    at TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    tell_at TEXT,
    told_at TEXT,
    alert_id INTEGER REFERENCES alerts (id),
    contested_alert_id INTEGER REFERENCES alerts (id),
    contested_at TEXT,
    word TEXT NOT NULL,
    confirmed_at TEXT,
    confirmed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX tracker_changes_facet ON tracker_changes (rule_id, facet, at);
CREATE INDEX tracker_changes_tell ON tracker_changes (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX tracker_changes_alert ON tracker_changes (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX tracker_changes_contested ON tracker_changes (contested_alert_id) WHERE contested_alert_id IS NOT NULL;

CREATE TABLE tracker_evidence (
    match_id INTEGER NOT NULL REFERENCES matches (id),
    rule_id TEXT NOT NULL,
    facet TEXT NOT NULL,
    state TEXT NOT NULL,
    at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    official INTEGER NOT NULL CHECK (official IN (0, 1)),
    denies INTEGER NOT NULL CHECK (denies IN (0, 1)),
    sentence TEXT NOT NULL,
    change_id INTEGER REFERENCES tracker_changes (id),
    PRIMARY KEY (match_id, facet, state)
) STRICT, WITHOUT ROWID;
CREATE INDEX tracker_evidence_at ON tracker_evidence (rule_id, facet, at);
CREATE INDEX tracker_evidence_change ON tracker_evidence (change_id) WHERE change_id IS NOT NULL;
CREATE INDEX tracker_evidence_idle ON tracker_evidence (at) WHERE change_id IS NULL;

CREATE TABLE tracker_sentences (
    rule_id TEXT NOT NULL,
    sentence TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (rule_id, sentence, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX tracker_sentences_day ON tracker_sentences (day);

CREATE TABLE figures (
    id INTEGER PRIMARY KEY,
    match_id INTEGER NOT NULL REFERENCES matches (id),
    rule_id TEXT NOT NULL,
    name TEXT NOT NULL,
    series TEXT NOT NULL,
    part TEXT NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER,
    qualifier TEXT NOT NULL CHECK (qualifier IN ('exact', 'about', 'at_least', 'at_most', 'range')),
    former INTEGER,
    outlet TEXT NOT NULL,
    words TEXT NOT NULL,
    at TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT ''
        CHECK (verdict IN ('', 'first', 'same', 'change', 'jump', 'fall', 'conflict')),
    reason TEXT NOT NULL DEFAULT '',
    CHECK (high IS NULL OR low <= high)
) STRICT;
CREATE INDEX figures_series ON figures (rule_id, name, series, part, at);
CREATE INDEX figures_match ON figures (match_id);

CREATE TABLE outages (
    id INTEGER PRIMARY KEY,
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX outages_ended ON outages (ended_at);
CREATE INDEX alerts_blinded ON alerts (closed_at) WHERE blind_spot <> '';
"""

# What was told of each figure, and where a count turned. Of a change of before it is said that it was told where an
# update of an alert by its match says so, or the name of the alert: one below `min_delta` was not. Jumps always were.
TABLES_6 = """
ALTER TABLE tracker_evidence ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0 CHECK (taken_back IN (0, 1));
ALTER TABLE tracker_changes ADD COLUMN withdrawn_at TEXT;

CREATE INDEX matches_told_by ON matches (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX matches_quiet ON matches (rule_id, dated_at)
    WHERE outcome = 'dropped' AND reason IN ('the rule is in shadow and tells nobody', 'the rule is muted');
CREATE INDEX matches_quiet_story ON matches (story_id, rule_id, dated_at)
    WHERE outcome = 'dropped' AND reason IN ('the rule is in shadow and tells nobody', 'the rule is muted');

CREATE TABLE figures_6 (
    id INTEGER PRIMARY KEY,
    match_id INTEGER NOT NULL REFERENCES matches (id),
    rule_id TEXT NOT NULL,
    name TEXT NOT NULL,
    series TEXT NOT NULL,
    part TEXT NOT NULL,
    low INTEGER NOT NULL,
    high INTEGER,
    qualifier TEXT NOT NULL CHECK (qualifier IN ('exact', 'about', 'at_least', 'at_most', 'range')),
    former INTEGER,
    outlet TEXT NOT NULL,
    words TEXT NOT NULL,
    at TEXT NOT NULL,
    verdict TEXT NOT NULL DEFAULT ''
        CHECK (verdict IN ('', 'first', 'same', 'change', 'jump', 'confirmed', 'fall', 'conflict', 'replaced')),
    reason TEXT NOT NULL DEFAULT '',
    turn INTEGER NOT NULL DEFAULT 0 CHECK (turn IN (0, 1, 2)),
    told TEXT NOT NULL DEFAULT '' CHECK (told IN ('', 'old', 'change', 'jump', 'believed', 'fall')),
    CHECK (high IS NULL OR low <= high)
) STRICT;
INSERT INTO figures_6 (id, match_id, rule_id, name, series, part, low, high, qualifier, former, outlet, words, at,
        verdict, reason, turn, told)
    SELECT id, match_id, rule_id, name, series, part, low, high, qualifier, former, outlet, words, at, verdict, reason,
        CASE WHEN verdict = 'first' OR verdict = 'change' AND is_told THEN 2
            WHEN verdict = 'change' OR verdict IN ('same', 'conflict') AND low > highest THEN 1 ELSE 0 END,
        CASE WHEN is_old THEN 'old' WHEN verdict = 'jump' OR verdict = 'change' AND is_told THEN verdict ELSE '' END
    FROM (SELECT figures.*,
        EXISTS (SELECT 1 FROM matches
            WHERE id = match_id AND reason = 'the feed showed it at its first poll') AS is_old,
        EXISTS (SELECT 1 FROM alert_updates
            WHERE alert_updates.match_id = figures.match_id AND alert_updates.name = figures.name AND kind = 'update'
            AND detail LIKE CASE series WHEN '' THEN figures.name ELSE series END || ':%'
            AND detail GLOB '* ->*[^0-9]' || low || '[^0-9]*')
        OR EXISTS (SELECT 1 FROM matches JOIN alerts ON alerts.id = alert_id
            WHERE matches.id = match_id
            AND label LIKE figures.name || CASE series WHEN '' THEN '' ELSE '.' || series END || ' %'
            AND label || ' ' GLOB '* ->*[^0-9]' || low || '[^0-9]*') AS is_told,
        MAX(CASE WHEN verdict IN ('first', 'change', 'same', 'conflict') THEN low END) OVER (
            PARTITION BY rule_id, name, series, part ORDER BY at, low, id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest
        FROM figures);
DROP TABLE figures;
ALTER TABLE figures_6 RENAME TO figures;
CREATE INDEX figures_series ON figures (rule_id, name, series, part, at);
CREATE INDEX figures_turn ON figures (rule_id, name, series, part, at) WHERE turn > 0;
CREATE INDEX figures_jump ON figures (rule_id, name, series, part, at) WHERE verdict IN ('jump', 'confirmed');
CREATE INDEX figures_match ON figures (match_id);
"""
