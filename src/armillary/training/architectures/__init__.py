"""Architectures: each one knows its codes and the gradient of its loss."""
