"""Hostile inputs: malicious files, models, prompts and templates."""
