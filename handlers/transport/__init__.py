"""Below Socket.IO: Engine.IO's connections, their transports, and what one of them may cost."""
