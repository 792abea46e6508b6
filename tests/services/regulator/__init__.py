"""A regulator in its own process: it takes in transaction reports, checks them, and answers with status advices."""
