"""Redis: one channel between the processes of a desk. Nothing is kept there, and nothing there is trusted."""
