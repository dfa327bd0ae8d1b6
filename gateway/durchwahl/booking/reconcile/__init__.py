"""Comparing the journal with what really stands in the departments' calendars, and putting right what differs."""
