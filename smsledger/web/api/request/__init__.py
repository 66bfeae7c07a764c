"""What is asked for: path and query string -> requests. No SQL, no answer."""
