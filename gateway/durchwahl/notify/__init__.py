"""Mails and calendar files: what a citizen and a clerk are told, and how it leaves the gateway."""
