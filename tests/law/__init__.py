"""The laws of the house: what holds everywhere, each able to fail on an example of its own."""
