"""What admins do: people, reports, what the jobs did."""
