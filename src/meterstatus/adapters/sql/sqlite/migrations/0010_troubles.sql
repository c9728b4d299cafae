-- What keeps a unit's hook from being told, as its agent says for as long as it is connected: JSON, '' where
-- nothing does. Seen, and no change, as all of this table.
-- An earlier release writes none, and leaves what is here until the unit comes or goes.

ALTER TABLE presence ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
