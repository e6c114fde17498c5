"""Who asks, and how they prove it."""
