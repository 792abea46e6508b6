"""Tenant-bound queries, one file per aggregate."""
