"""The development of August 2024 in wire copy of our own: one dispatch, and ten reprints under other headlines."""

from tests.support.wire import Item

LEAD = (
    "Turkey and Russia have resumed joint patrols in northern Syria that were suspended in October 2023, the Turkish "
    "defence ministry said. Four vehicles and 24 Turkish soldiers took part in the first one, at the eastern end of "
    "the Operation Peace Spring zone. The two armies had carried out 344 patrols by the time they stopped."
)
DISPATCH = "Turkey, Russia resume joint patrols in northern Syria"
HEADLINES = (
    "Ankara and Moscow are on patrol together again",
    "Joint patrols are back in the Peace Spring zone",
    "After ten months, Turkish and Russian vehicles roll again",
    "Turkish ministry: first patrol with Russia since October 2023",
    "Four vehicles, 24 soldiers: patrols with Russia restart",
    "344 patrols, a pause, and now one more",
    "Russia and Turkey end patrol pause in Syria's north",
    "Ministry confirms patrol with Russian troops",
    "Ankara says patrols with Moscow have restarted",
    "Türkiye, Russia begin patrolling again after nearly a year",
)


def reports() -> list[Item]:
    """The dispatch and its reprints, each from an outlet of its own."""
    first = Item(title=DISPATCH, summary=LEAD, guid="dispatch", outlet="Outlet 0")
    reprints = [
        Item(title=headline, summary=LEAD, guid=f"reprint-{number}", outlet=f"Outlet {number}")
        for number, headline in enumerate(HEADLINES, 1)
    ]
    return [*reversed(reprints), first]
