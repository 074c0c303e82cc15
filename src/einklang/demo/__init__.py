"""An invented company and one month of its life, played through the actions."""
