"""Who somebody is: accounts, passwords, tokens, log-in."""
