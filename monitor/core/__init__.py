"""Decisions and text, pure: time, state and candidates are arguments, a value with a reason comes back.

Knows no clock, no file, no network, no log and no chance.
"""
