"""Stretches of time as people say them."""

from datetime import timedelta


def in_days(time: timedelta) -> str:
    """In whole days, where it is that long, else in hours: `3 days`, `5 h`."""
    if time.days >= 1:
        return f"{time.days} day{'s' if time.days != 1 else ''}"
    return f"{int(time.total_seconds() // 3_600)} h"


def in_hours(time: timedelta) -> str:
    """As a rule sets it, in hours where these are whole, else in minutes: `72 h`, `90 min`."""
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes} min"
