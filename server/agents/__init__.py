"""Agents: their seats and what is told of them; their quick replies."""
