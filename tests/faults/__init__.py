"""Jepsen's way: real people talk through a real desk while things break, and a checker proves what was promised."""
