"""Outside world to tidy tables, each with a quality report."""
