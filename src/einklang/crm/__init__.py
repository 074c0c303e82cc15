"""Customers and the deals with them: accounts, contacts, deals, stages, activities, tasks."""
