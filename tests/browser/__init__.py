"""Scenes in a real Chromium: the three faces against a running desk."""
