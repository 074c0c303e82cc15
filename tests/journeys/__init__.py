"""Whole stories through the doors: the terminal, the API, the pages."""
