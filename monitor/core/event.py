"""Events in a window: an action with its actors, and who else stands in between.

Knows the geometry of clauses: reach, commas, neighbours; knows nothing of queries, whose findings it is given.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise

from monitor.core.clause import Event, Query, Reference
from monitor.core.terms import Span
from monitor.core.view import Finding, Hindrance, Obstacle, View, Way, apart, around, share_words

# Events are judged one by one, and the ninth patrol of a sentence says nothing that the first eight do not.
_MOST_EVENTS = 8
# Actions that are tried, and what may belong to one: the nearest to either side of it. "Turkey, Russia, patrol, SDF, "
# written 700 times is one sentence of 500 actions and as many actors, and took half a minute.
_MOST_ACTIONS = 60
_NEAREST = 30

# How far `near:` of an event stands from its action, a word such as "joint" from it, and a "with" from its actor.
_AT_ACTION = 10
_AT_ACTOR = 3
# "Turkish and Russian", "Russian forces and their Turkish": two actors with this many words between act together.
_SIDE_BY_SIDE = 3
# Actors that are one subject, with "and" between them at most; and another party this close ahead owns the action.
_PAIRED = 2
_AHEAD_OF_ACTION = 2
JOINT, TOGETHER, AND = "$topic.joint", "$topic.with", "$topic.and"
BACKGROUND = "$cue.background"


def happening(event: Event, slots: Sequence[Finding], others: Finding | None, view: View) -> Finding:
    """Each action with what belongs to it; where none is complete, the parts say what the window lacks.

    `slots` are the findings of the event's own, in their order, `others` that of `no_other`.
    """
    parts = tuple(_slot(name, one, event, view) for (name, _), one in zip(event.slots(), slots, strict=True))
    if not all(part.met for part in parts):
        return Finding(event, met=False, ways=(), parts=parts)
    actions = islice((action for action in parts[0].ways if not view.carried(action.span)), _MOST_ACTIONS)
    ways: list[Way] = []
    stopped: list[tuple[Obstacle, ...]] = []
    for one in (_at(action, event, parts[1:], others, view) for action in actions):
        if isinstance(one, Way):
            ways.append(one)
        else:
            stopped.append(one)
        if len(ways) == _MOST_EVENTS:
            break
    obstacles = () if ways else min(stopped, key=_progress, default=())
    return Finding(event, bool(ways), tuple(ways), parts, obstacles=obstacles)


def _slot(name: str, one: Finding, event: Event, view: View) -> Finding:
    met = one.met or (name == "actors" and _implied(one.query, event, view))
    return Finding(one.query, met, one.ways, one.parts, slot=name)


def _implied(actor: Query, event: Event, view: View) -> bool:
    """Whether the feed's own country is the actor: national outlets leave it out."""
    return isinstance(actor, Reference) and event.implied.get(view.country) == actor.name


def _progress(obstacles: Sequence[Obstacle]) -> tuple[bool, int]:
    """Where all is in reach and a guard alone objects, the event is nearer than where something is out of reach."""
    return any(one.key not in {"joint", "no_other"} for one in obstacles), len(obstacles)


def _at(
    action: Way, event: Event, slots: Sequence[Finding], others: Finding | None, view: View
) -> Way | tuple[Obstacle, ...]:
    """The event around one action, or what of it is out of reach, or else which guards object."""
    chosen, actors, obstacles = [action], [], []
    for slot in slots:
        near = [
            way for way in _nearest(slot.ways, action, view) if _hindered(slot.slot, way, action, event, view) is None
        ]
        if near:
            best = min(near, key=lambda way: _remoteness(way.span, action.span, view))
            chosen.append(best)
            actors += [best.span] if slot.slot == "actors" else []
        elif not (slot.slot == "actors" and _implied(slot.query, event, view)):
            obstacles.append(_nearest_obstacle(slot, action, event, view))
    if not obstacles:
        named = [way.span for slot in slots if slot.slot == "actors" for way in slot.ways]
        obstacles = _objections(event, action.span, actors, named, others, view)
    if obstacles:
        return tuple(obstacles)
    own = [way.span for way in chosen if not view.carried(way.span)]
    span = Span(min(one.start for one in own), max(one.end for one in own))
    joining = _joining(action.span, actors, view) if event.joint else ()
    return Way(span, (*(leaf for way in chosen for leaf in way.leaves), *(joining or ())))


def _nearest(ways: Sequence[Way], action: Way, view: View) -> Iterator[Way]:
    """Those that may belong to an action: the nearest to it, those in the title above, and who is quoted ahead."""
    own = bisect_left(ways, view.window.start, key=_begins)
    at = bisect_left(ways, action.span.start, lo=own, key=_begins)
    quoted = bisect_left(ways, view.speaker, lo=own, key=_begins)
    low = max(own, at - _NEAREST)
    return chain(ways[max(0, own - _NEAREST) : own], ways[own : min(quoted, low)], ways[low : at + _NEAREST])


def _begins(way: Way) -> int:
    return way.span.start


def _remoteness(span: Span, action: Span, view: View) -> tuple[bool, bool, int, int, int]:
    """The smaller, the nearer: "Turkey and Russia patrol ..., a Turkish official said" names Turkey before the comma.

    Of two that begin together the longer is the name: "Russian military police and Turkish troops".
    """
    return view.carried(span), view.paused(span, action), apart(span, action), span.start, -span.end


def _nearest_obstacle(slot: Finding, action: Way, event: Event, view: View) -> Obstacle:
    nearest = min(_nearest(slot.ways, action, view), key=lambda way: (apart(way.span, action.span), way.span))
    why = _hindered(slot.slot, nearest, action, event, view) or Hindrance.FAR
    return Obstacle(slot.slot, why, action.span, (nearest.span,), slot.query)


def _objections(
    event: Event, action: Span, actors: Sequence[Span], named: Sequence[Span], others: Finding | None, view: View
) -> list[Obstacle]:
    """The guards that object to an event whose parts are all in reach."""
    if event.actors and not actors:
        return [Obstacle("actors", Hindrance.UNNAMED, action)]
    found = []
    if event.joint and (partner := _with_others(action, actors, named, view)) is not None:
        found.append(Obstacle("joint", Hindrance.OTHERS, action, (partner,)))
    elif event.joint and _joining(action, actors, view) is None:
        found.append(Obstacle("joint", Hindrance.SEVERALLY, action, tuple(actors)))
    other = None if others is None else _another(others.ways, action, actors, view)
    if other is not None:
        found.append(Obstacle("no_other", Hindrance.OTHERS, action, (other,), event.no_other))
    return found


def _hindered(slot: str, way: Way, action: Way, event: Event, view: View) -> Hindrance | None:
    """Why a slot cannot be filled by this; None where it can."""
    span, at = way.span, action.span
    if share_words(way, action):
        return Hindrance.FAR
    if view.carried(span):
        return Hindrance.FAR if slot == "near" else None
    reach = _AT_ACTION if slot == "near" else event.within
    if reach is not None and apart(span, at) > reach:
        return Hindrance.FAR
    if view.parted(span, at):
        return Hindrance.PARTED
    return Hindrance.ORDER if slot == "actors" and event.ordered and span.end >= at.start else None


def _joining(action: Span, actors: Sequence[Span], view: View) -> tuple[tuple[Span, str], ...] | None:
    """What says that they act jointly: a word, or one "with" the other; () where they are named side by side."""
    words = [one for one in around(view.inside.get(JOINT, ()), action, _AT_ACTION) if apart(one, action) <= _AT_ACTION]
    joint = min(
        (one for one in words if not view.parted(one, action)), key=lambda one: apart(one, action), default=None
    )
    if joint is not None:
        return ((joint, JOINT),)
    pairs = pairwise(sorted(actors))
    if any(apart(one, other) <= _SIDE_BY_SIDE and not view.parted(one, other) for one, other in pairs):
        return ()
    ways = (
        one
        for actor in actors
        for one in around(view.inside.get(TOGETHER, ()), actor, _AT_ACTOR)
        if apart(one, actor) <= _AT_ACTOR and not view.paused(one, actor)
    )
    together = min(ways, default=None)
    return None if together is None else ((together, TOGETHER),)


def _with_others(action: Span, actors: Sequence[Span], named: Sequence[Span], view: View) -> Span | None:
    """Another party with whom some of the actors do it, while the rest stands behind a comma.

    "Russian and Syrian troops begin joint patrols, Ankara silent". `named` is wherever an actor is mentioned.
    """
    near = [actor for actor in actors if actor.end < view.speaker or not view.paused(actor, action)]
    if not near or len(near) == len(actors):
        return None
    others = (
        other
        for label in sorted(view.parties & view.inside.keys())
        for other in sorted({one for actor in near for one in around(view.inside[label], actor, _SIDE_BY_SIDE)})
        if any(0 < apart(other, actor) < _SIDE_BY_SIDE and not view.paused(other, actor) for actor in near)
        and not any(other.start <= actor.end and actor.start <= other.end for actor in named)
    )
    return next(others, None)


def _another(others: Sequence[Way], action: Span, actors: Sequence[Span], view: View) -> Span | None:
    """Somebody else who acts: right ahead of the action, beside an actor, between the two, or while they do not.

    Between the action and two that are named side by side stands where they act: "Turkish and Russian troops, in a
    village the SDF holds, ran a patrol".
    """
    own = [action, *(actor for actor in actors if not view.carried(actor))]
    low, high = min(one.start for one in own), max(one.end for one in own)
    paired = any(apart(one, two) <= _PAIRED for one, two in pairwise(sorted(actors)))
    for way in others:
        span = way.span
        if view.carried(span) or any(span.start <= one.end and one.start <= span.end for one in own):
            continue
        if (low < span.start < high and not paired) or any(_linked(span, actor, view) for actor in own[1:]):
            return span
        if view.parted(span, action):
            continue
        if 0 < action.start - span.end <= _AHEAD_OF_ACTION:
            return span
        if _takes_over(span, action, own[1:], view):
            return span
    return None


def _linked(one: Span, actor: Span, view: View) -> bool:
    """Whether two stand side by side, or with a single "with" or "and" between them."""
    distance, between = apart(one, actor), min(one.end, actor.end) + 1
    if distance != 2:
        return distance == 1
    word = Span(between, between)
    return any(word in around(view.inside.get(joiner, ()), word, 0) for joiner in (TOGETHER, AND))


def _takes_over(other: Span, action: Span, actors: Sequence[Span], view: View) -> bool:
    """Whether it is the other's action: "The PKK dissolved itself, the YPG keeps silent"; not one of the background."""
    if not actors or view.paused(other, action) or not all(view.paused(actor, action) for actor in actors):
        return False
    return not any(_inside(cue, other, action) for cue in view.inside.get(BACKGROUND, ()))


def _inside(inner: Span, one: Span, other: Span) -> bool:
    return min(one.end, other.end) < inner.start and inner.end < max(one.start, other.start)
