"""What comes in and goes out: recipes, import runs, rejected rows, undo."""
