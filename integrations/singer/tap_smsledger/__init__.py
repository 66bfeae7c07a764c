"""A Singer tap of smsledger."""
