"""Booking step by step: a time, the details, a look at everything, done."""
