"""What happened, line by line, and whether it should have: the history of bookings and its checker."""
