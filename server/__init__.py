"""The rules of the desk, and the things rules need. Knows nothing of requests; store keeps what it decides."""

__version__ = "0.1.0"
