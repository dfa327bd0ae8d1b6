"""Pages of a video talk: the room, the test of camera and microphone, and the calls of the room's script."""
