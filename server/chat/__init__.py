"""A chat from its first line to its rating: who may enter, what is said, how it ends, and the clocks beside it."""
