"""Files as a source: tables over uploaded files and files found in the inbox, read by SQL."""
