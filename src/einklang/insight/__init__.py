"""What the figures say: the registry of KPIs and their boards."""
