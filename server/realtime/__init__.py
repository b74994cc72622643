"""Everything that goes out to sockets: rooms, delivery, packets, and how things look on the wire."""
