"""What keeps the project in order: run from the repository, not part of what is installed."""
