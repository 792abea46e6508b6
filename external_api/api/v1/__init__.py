"""Version 1 of the external API."""
