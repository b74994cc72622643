"""What the clock does: one table of schedules, one small function a job."""
