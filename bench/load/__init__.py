"""The load: one process of its own, the same for every server, cheap enough to stand beside it on two cores."""
