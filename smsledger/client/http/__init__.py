"""Requests of the Export Messages API and their answers: pages, walks, streams, the feed."""
