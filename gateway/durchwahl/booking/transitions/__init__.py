"""The transactions in which a booking moves from state to state, each with the outbox rows that follow from it."""
