"""The queue: who waits, at which place, and who gets whom."""
