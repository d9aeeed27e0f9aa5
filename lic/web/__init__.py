"""What every screen shares: the guard, sessions, errors, words and the frame of a page."""
