"""Pages behind the links in mails: the appointment, and everything that can be done with it."""
