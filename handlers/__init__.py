"""What people do: commands over Socket.IO, a few HTTP routes, the pages. Every handler hands on to a rule."""
