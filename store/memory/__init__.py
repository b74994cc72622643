"""What this process remembers of the database, and how it forgets in time."""
