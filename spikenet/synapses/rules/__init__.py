"""Rules by which synapses change: one file a family."""
