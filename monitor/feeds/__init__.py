"""Feeds over HTTP: fetched politely and within bounds, and read into entries.

Knows HTTP and feed formats; knows nothing of the store, of rules or of when a feed is due.
"""
