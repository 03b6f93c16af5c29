"""Tidy tables to disk and back."""
