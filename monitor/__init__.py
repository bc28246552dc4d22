"""wirewatch: watches wire and press feeds, and alerts once for each development."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("wirewatch")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"
