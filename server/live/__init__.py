"""The live picture: what a connection is told first, what it hears then, what admins watch."""
