"""Left messages: chats without a place, a seat or a clock."""
