"""What the templates of the customers' room say."""
