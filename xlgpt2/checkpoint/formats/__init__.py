"""The file formats of weights, each read as the same kind of tensors."""
