"""Reads, checks and routes messages: from gateways, as rows, and from files."""
