"""Plain pages for the links in mails: the appointment, the mail's confirmation, the way into the room."""
