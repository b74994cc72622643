"""What is kept for mails: whose address is which and is verified, how many went to it, what was mailed of a chat."""
