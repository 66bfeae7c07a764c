"""The domain: messages, walks, the feed, counts and opt-outs. It does no input or output."""
