"""What partners are told: every type of event, what it means, what its data is, its JSON Schema and a sample of it."""
