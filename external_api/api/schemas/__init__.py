"""What the external API takes and answers."""
