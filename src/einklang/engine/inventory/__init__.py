"""Inventory: how much to keep, when to order, which items matter, what lies too long."""
