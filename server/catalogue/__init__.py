"""The catalogue: every command and every fact, declared once, with the shape of what travels."""
