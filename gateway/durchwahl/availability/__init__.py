"""Hours minus closures minus busy times minus our own holds: the slots, and why there are none."""
