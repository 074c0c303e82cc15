"""What every room stands on: clock, journal, jobs, tables and the ways to refuse."""
