"""Conductance layers of a trained network: what their neurons can stand for, and how they are wired."""
