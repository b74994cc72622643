"""Scenes in a real Chromium: the three pages against a running desk."""
