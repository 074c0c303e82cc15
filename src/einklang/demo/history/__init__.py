"""Three years of the invented company: what was wished for, ordered, made, bought, shipped and stored."""
