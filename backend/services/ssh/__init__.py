"""SSH, for whoever brings files somewhere or reaches a server through another."""
