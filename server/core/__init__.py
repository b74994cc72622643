"""What every rule stands on: time, identity, errors, settings, limits, the state of the database, metrics, signals."""
