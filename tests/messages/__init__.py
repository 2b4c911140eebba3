"""Every message: what brings it about and its exact words, one case for each and more for some."""
