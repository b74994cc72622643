"""The seats: who is there, since when, and what happens when somebody is not any more."""
