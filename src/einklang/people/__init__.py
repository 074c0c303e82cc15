"""Who works here: users, teams, roles, territories, and who may see and do what."""
