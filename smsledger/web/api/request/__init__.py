"""Query strings -> requests: what several operations, or the console too, read alike."""
