"""A server process of one's own, people frame by frame, and figures."""
