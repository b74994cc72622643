"""The live picture: what a connection is told first, what admins watch."""
