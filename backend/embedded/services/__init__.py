"""The three servers of the embedded platform: each starts, answers, stops, and says what went wrong."""
