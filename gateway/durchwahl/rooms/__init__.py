"""Join links, and the built-in room. Everybody gets the gateway's links only; what is behind is made at the click."""
