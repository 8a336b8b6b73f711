"""Pure functions from judgements and rankings to numbers."""
