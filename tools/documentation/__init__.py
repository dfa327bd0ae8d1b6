"""The documentation against the code: what is cut from it, what is generated from it, what must agree with it."""
