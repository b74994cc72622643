"""The serving process: its life, its log, its first words, its interpreter."""
