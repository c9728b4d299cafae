-- compatible from: 2
-- What epoch the controller is in and what maintenance is announced are rows of meta; how they came is a change like
-- any other, whose detail is JSON: {"epoch": 2, "base": 498}, or {"since": ..., "until": ...}, null where it ended.

ALTER TABLE changes ADD COLUMN detail jsonb;
