"""The queue and the seats: who waits, who is there, who gets whom."""
