"""What the invented company's plan is: kept as tables that a person reads when they change."""
