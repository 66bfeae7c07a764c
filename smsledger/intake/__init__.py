"""What comes in: calls of gateways, rows and files, checked, routed and handed to the store."""
