"""What real gateways call: one pure file for each, bytes in, arrivals and receipts out."""
