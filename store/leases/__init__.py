"""Who is connected where, by leases of processes: agents at their seats, customers at their unended chats."""
