"""What the clock does: one table of schedules, each row calling the rule that does the work; the purge and the reconciler."""
