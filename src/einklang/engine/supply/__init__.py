"""Supply: what to make and buy, when, on which work centre, and what that leaves short."""
