"""What every scene needs: a running desk, people with names, a clock of its own."""
