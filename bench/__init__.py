"""What the desk takes and how long: measured on a real server process over real sockets."""
