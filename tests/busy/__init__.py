"""A busy desk in Chromium by script: people come and go while a checker holds every page against the database."""
