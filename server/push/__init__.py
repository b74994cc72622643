"""Pushes: what reaches a person's browser while nobody looks at the page."""
