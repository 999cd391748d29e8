"""Equations in Brian2's notation: what they define, their steps and their sensitivities."""
