"""The README's pictures: a real desk, a small story on it, a real Chromium. `make screenshots` makes them anew."""
