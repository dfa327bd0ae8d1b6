"""Protocol clients: bytes to typed records and back. They know nothing of the gateway."""
