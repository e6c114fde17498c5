"""Files to graph: scan, identify, read metadata, decode once, derive, analyze, write; and the queue that drives it."""
