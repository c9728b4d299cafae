-- After numbers were loaded: SQLite goes on above them by itself.
SELECT 1
