"""The export client: walks the wire, writes files; it never imports the store."""
