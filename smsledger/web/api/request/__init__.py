"""Parsers of query strings that several operations or the console share."""
