"""Technical kernel: knows no domain word."""
