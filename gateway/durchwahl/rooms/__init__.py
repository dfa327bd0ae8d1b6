"""Join links: citizens and clerks get the gateway's links only; the platform's address is made at the click."""
