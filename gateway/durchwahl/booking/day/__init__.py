"""A department's day: what an office does with its bookings, by whatever surface it asks."""
