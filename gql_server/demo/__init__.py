"""The made-up organisations, projects and texts that a first-time user explores."""
