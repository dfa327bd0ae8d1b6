"""What only a demonstration shows: the mails that it would have sent."""
