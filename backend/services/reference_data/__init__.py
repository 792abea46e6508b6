"""Official lists as entries of datasets: streams of bytes in, Arrow batches out; nothing in here knows a database."""
