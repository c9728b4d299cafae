-- compatible from: 8
-- What agents change of their own units is counted apart, by unit, and found without a look at the others.

CREATE INDEX changes_by_agent ON changes (unit, revision) WHERE substr(who, 1, 5) = 'unit-';
