"""What every rule stands on: time, identity, errors, settings, limits, outages, metrics, signals, who may write."""
