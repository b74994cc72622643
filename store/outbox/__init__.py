"""What is to leave the desk: owed events, deliveries, and who claims them."""
