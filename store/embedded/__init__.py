"""MongoDB without a server to install: a real mongod, a replica set of one, that ends with the process that started it.

What is needed before the heavy imports stands in `data_dir` and `mongod`, which load little; `supervisor` and
`command_access` load motor. A mongod listens on a Unix socket only, and is addressed by a path relative to its own
folder: the data may be moved, and the path be of any length, without the replica set noticing.
"""
