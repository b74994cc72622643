"""Many callers, one trip to the database: while one is under way the next one gathers."""
