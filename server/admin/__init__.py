"""What admins do: staff, departments, reports, what the jobs did."""
