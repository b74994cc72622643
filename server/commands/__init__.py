"""The commands of run.py beside serving: accounts, migrate, settings, doctor."""
