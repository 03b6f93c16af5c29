"""What must stand beside everything that is shown: whose data it is, and under which licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotspots.pipeline.world import World

LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v3.0. Source: Office for National "
    "Statistics; police.uk. Contains OS data © Crown copyright and database right."
)
"""Asked for by the Open Government Licence, ONS Geography and Ordnance Survey for crime, wards and residents."""


def state_licence(world: World) -> str:
    """State the licence of what is shown, the same on a page and in a picture.

    Crime comes from police.uk and neighbouring authorities from ONS whatever the boundaries, so that imported ones
    only add a licence of their own.
    """
    own = world.boundaries.licence.strip()
    return LICENCE if own in LICENCE else f"{LICENCE} Boundaries: {own}"
