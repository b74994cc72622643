"""Who somebody is: accounts, passwords, tokens, sessions, the host site's word, and the audit of who did what."""
