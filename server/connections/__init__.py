"""Who is connected: agents and customers, noted for every process and ended by lease; guests who become known."""
