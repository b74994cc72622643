"""Where hints are missing: what was written is read from MongoDB, and told to those who are connected here."""
