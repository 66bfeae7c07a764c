"""The client for Python programs: typed messages, Arrow tables, data frames."""
