"""Several processes, one desk: what happened here is hinted to the others by Redis, and read from MongoDB where a hint is lost.

A hint makes things fast and is never relied on. `bus` sends hints in sealed `envelopes`, and `gap_detector` notices which
are missing; `hint_receiver` does what a hint says. While hints may be missing, `gap_reader` reads MongoDB's log of changes and
`replay` tells what it finds, as the process that wrote it did. `sole_process` knows, by lease and not by Redis, whether there
are any others.
"""
