"""The log of a chat: lines that number themselves, marks beside them, one reader."""
