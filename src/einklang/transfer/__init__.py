"""Import and export: recipes are data, runs can be resumed and undone, rejected rows say why."""
