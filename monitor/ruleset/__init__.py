"""The desk's files as values: feeds, vocabulary, exclusions and watch rules, or every problem in them at once.

Knows the keys of these files; knows nothing of the network, the store or receivers.
"""
