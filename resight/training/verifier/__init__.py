"""A verifier learns from a gallery: its similarity network, its fusion, and whether recognition is better by it."""
