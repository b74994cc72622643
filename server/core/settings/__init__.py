"""Settings: a field with a meaning each, read once at the start and passed in from run.py."""

from server.core.settings.fields import Settings
from server.core.settings.load import Row, SettingsError, load, table

__all__ = ["Row", "Settings", "SettingsError", "load", "table"]
