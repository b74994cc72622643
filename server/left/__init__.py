"""Left messages: how a chat becomes one, and live again when its customer is there and somebody can talk."""
