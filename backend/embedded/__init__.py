"""The supervisor of make up: PostgreSQL, Redis, S3 and our processes on one machine."""
