"""Backbones that torchvision has, too, with its key names: a file each."""
