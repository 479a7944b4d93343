"""One person's voice: what is learned of it, how it is kept and compared, and how a base voice is moved to it."""
