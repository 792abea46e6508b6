"""Pure Python: what is true about reports, runs, rules and tenants."""
