"""The few HTTP routes: log-in, uploads, pages, health."""
