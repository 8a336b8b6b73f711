"""Read prompts/ and knowledge/, validate them, and turn them into domain objects."""
