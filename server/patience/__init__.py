"""How long the desk waits for people: the durations of the settings, and the two clocks of an open chat."""
