"""Files that people send: what is accepted, where it lies, who may fetch it."""
