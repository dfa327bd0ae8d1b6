"""`durchwahl bookings …`: a department's day on the command line. It writes the journal; the gateway does the rest."""
