"""Throwaway PostgreSQL, Redis and S3 servers for tests: the same classes that `make up` runs."""
