"""The room that takes data in and gives it out."""
