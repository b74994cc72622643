"""E-mail: what is mailed to whom and when, and what it says."""
