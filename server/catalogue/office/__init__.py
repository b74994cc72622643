"""The office's rows of the catalogue."""
