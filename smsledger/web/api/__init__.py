"""The Export Messages API and ingest: a module for each resource."""
