"""What belongs to the process and not to the desk: its log, its first words, its interpreter."""
