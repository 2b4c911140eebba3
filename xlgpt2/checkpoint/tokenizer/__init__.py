"""The files of a tokenizer, read and checked."""
