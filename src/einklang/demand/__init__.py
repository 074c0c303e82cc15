"""What will be wished for: forecast runs, voices, consensus."""
