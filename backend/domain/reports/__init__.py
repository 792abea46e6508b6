"""Reports: the document an author writes, and the life of its versions."""
