"""Agents: their seats and presence, by lease; where people are connected; their quick replies."""
