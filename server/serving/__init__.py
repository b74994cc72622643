"""The serving process: its start and end, its log, its first words, its garbage collector."""
