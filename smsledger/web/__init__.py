"""The HTTP side: routes, authentication, answers."""
