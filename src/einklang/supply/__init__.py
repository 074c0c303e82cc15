"""How it will be made: stock policies, supply plans, planned orders, exceptions."""
