"""From target frames to the bytes of a file: documents, structure checks, packaging. Never a loop over records."""
