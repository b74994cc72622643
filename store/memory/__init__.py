"""What this process remembers of the database, how it forgets in time, and how it learns what others wrote."""
