"""Several processes, one desk: what happened here is hinted to the others by Redis, and read from MongoDB where a hint is lost.

A hint makes things fast and is never relied on. `bus` numbers and sends them, `continuity` notices which are missing,
`hearing` does what a hint says, and while some may be missing `gaps` reads MongoDB's log of changes and tells what it finds, as
those who wrote it did. `solitude` knows, by lease and not by Redis, whether there are any others.
"""
