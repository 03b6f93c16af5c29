"""The words of the dashboard in plain English: what stands behind every question mark, and all of them on one page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word and what it means here.

    Attributes
    ----------
    code
        Its name in addresses and in the program.
    name
        How it is written.
    meaning
        One to three sentences without other words of the trade, or with words that stand here as well.
    """

    code: str
    name: str
    meaning: str


GLOSSARY = (
    Term(
        "hotspot",
        "Hotspot",
        "A small part of the force where clearly more is recorded than around it, or than chance would put there. How "
        "it is found differs by method; the Hotspots page shows them side by side.",
    ),
    Term(
        "cluster",
        "Cluster",
        "Incidents that lie close together, without a gap, in a dense group. Its outline is drawn around the published "
        "map points, so it may miss the true edge by some tens of metres.",
    ),
    Term(
        "snap-point",
        "Map point",
        "police.uk does not publish where an incident happened, but the nearest of its fixed map points. One point "
        "stands for everything recorded in the streets around it.",
    ),
    Term(
        "score",
        "Area score",
        "Figures of an area put together, from 0 to 100: rate and harm above all, then share in clusters and "
        "persistence. Trend weighs nothing unless you give it a weight under “Method”: it does not foresee the months "
        "to come. The foot of the page tells the weights.",
    ),
    Term(
        "rank-range",
        "Rank range",
        "The rank itself is one draw of the dice. The 90% range says where the rank lies in nine of ten draws that the "
        "same underlying level of crime could have given. Areas whose ranges overlap cannot be told apart.",
    ),
    Term(
        "harm",
        "Harm days",
        "Every type of crime weighed by what a court would hand down for it, in days of prison, so that one robbery "
        "counts for more than one bicycle. The source of the weights stands at the foot of each page.",
    ),
    Term(
        "rate",
        "Rate",
        "Incidents in a year for every 1,000 residents. City centres have few residents and many visitors.",
    ),
    Term(
        "interval",
        "Interval",
        "The range of true values that go together with what was counted. A 90% interval holds the true value in nine "
        "of ten cases. If it holds no change at all, the change may be chance.",
    ),
    Term(
        "found-by-police-work",
        "Found by police work",
        "Drugs and weapons offences are mostly recorded because officers looked for them. More of them often means "
        "more police work, not more crime, so they are counted apart.",
    ),
    Term(
        "gi",
        "Gi* (hot and cold cells)",
        "Compares a cell and its neighbours with the whole force. Hot means more than chance would put there, after "
        "allowing for how many cells were looked at; cold means less.",
    ),
    Term(
        "density",
        "Density",
        "Incidents spread smoothly over the ground around them, and added up for every square. Its bandwidth says how "
        "far each one reaches: a wide one is smooth, a narrow one spotty.",
    ),
    Term(
        "dbscan",
        "DBSCAN, radius (eps) and incidents",
        "The method that draws the clusters: where at least so many incidents lie within the radius, called eps, of "
        "one another, they are one cluster. HDBSCAN finds clusters of differing density without a radius.",
    ),
    Term(
        "emerging",
        "Emerging",
        "How a cell has behaved over the months. New: hot for the first time; consecutive: lately without a break; "
        "intensifying, persistent, diminishing: hot nine months in ten, and hotter, the same or less so; sporadic: on "
        "and off; oscillating: cold at some time as well; historical: no longer hot.",
    ),
    Term(
        "persistence",
        "Persistence",
        "In how many of the months an area was among the worst fifth of the wards by its rate. It keeps one bad month "
        "from making an area first.",
    ),
    Term(
        "bandwidth",
        "Bandwidth",
        "How far one incident reaches when density is drawn. A wide one makes a smooth map that is slow to miss a "
        "place; a narrow one shows single streets, and some of them by chance.",
    ),
    Term(
        "back-test",
        "Back-test, and PAI, PEI and RRI",
        "Each method sees the months up to a day and is judged on those after it, again and again. PAI says how many "
        "times as much it found as the same land chosen blindly; PEI how near that is to the best possible, 1; "
        "RRI below 1 that the chosen land fell back more than the rest.",
    ),
    Term(
        "clear-hold-build",
        "Clear, Hold, Build",
        "The three phases of an operation against organised crime. Clear takes out the threat, Hold keeps others from "
        "filling the void, and Build makes the place resilient.",
    ),
    Term(
        "pace",
        "Pace",
        "A target divided evenly over its time: a target of 40 in 20 weeks expects 10 after five. On pace means that "
        "at least this much has been recorded.",
    ),
    Term(
        "effect",
        "Effect",
        "What was counted, less what would have been expected without the operation. The expectation comes from "
        "similar wards elsewhere; the interval says how far off it may be.",
    ),
    Term(
        "difference-in-differences",
        "Difference-in-differences",
        "How the operation’s area changed, less how the areas it is compared with changed over the same months. What "
        "happened everywhere, such as a lockdown, falls out.",
    ),
    Term(
        "donors",
        "Donors, or comparison wards",
        "Wards where the operation did not work and that do not touch its area. What they did since the start tells "
        "what the area would have done without it.",
    ),
    Term(
        "placebo",
        "Placebo",
        "The same figure worked out where or when nothing was done: in made-up areas of the same make, or in months "
        "before the start. It shows what chance alone does; an effect must stand out from that.",
    ),
    Term(
        "synthetic-control",
        "Synthetic control",
        "A mix of donors, weighed so that it went the way of the area before the start. Where the two part after it, "
        "there may be an effect.",
    ),
    Term(
        "event-study",
        "Event study",
        "The effect in one stretch of months after another. Before the start nothing should show; if it does, the area "
        "was on its way already.",
    ),
    Term(
        "displacement",
        "Displacement",
        "Crime that moves next door instead of going away. It is looked for in the ring around the operation's area; "
        "often the ring gains as well, which is called diffusion of benefit.",
    ),
    Term(
        "missing-month",
        "Missing month",
        "A month for which no file is loaded. It is unknown and never counted as zero: charts leave a gap, and rates "
        "and comparisons leave it out on both sides.",
    ),
    Term(
        "data-version",
        "Data version",
        "A short name for exactly the files and boundaries behind a view. Two pictures with the same data version "
        "rest on the same data.",
    ),
    Term(
        "marking",
        "Protective marking",
        "The band at the top and bottom of the screen, and on every picture. It says how this may be passed on.",
    ),
)


def define(code: str) -> Term:
    """Return a term by its code.

    Raises
    ------
    KeyError
        If there is none: a mistake in the program.
    """
    return _BY_CODE[code]


_BY_CODE = {term.code: term for term in GLOSSARY}
