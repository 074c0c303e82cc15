"""The stories of the house by a person in a browser."""
