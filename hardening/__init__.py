"""Hostile inputs: files, models, prompts and templates that were made to do harm."""
