"""What commands show: an answer as words, as a table, and as a document."""
