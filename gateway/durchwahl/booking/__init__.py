"""Holding, booking, moving and cancelling: the journal's states and the steps that lead outside."""
