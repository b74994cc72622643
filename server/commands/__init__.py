"""The commands of run.py beside serving: accounts, settings, doctor."""
