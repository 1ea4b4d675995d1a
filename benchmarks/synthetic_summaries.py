"""Summaries of made-up tool calls with a realistic vocabulary, each of a planted theme.

Sixty themes of a few verbs, objects and tools each; words of a theme are not equally likely, half of the
words of a text are anybody's, and some words are of one text alone. Users have favourite themes. Seeded.
"""

from collections.abc import Iterator

import numpy as np

from orchestration.clusters.rows import ClusterItem

_VERBS = """
    add adjust apply audit bump check clean compare configure connect convert copy count create debug
    delete deploy document download draft edit enable export extract fetch filter fix format generate
    import inspect install join limit list load log measure merge migrate mock monitor move open
    optimise parse patch plan probe profile publish query read rebase refactor release remove rename
    render replace report reset restart restore review revert rewrite rotate run scan search seed send
    serve simulate sort split stage start stop store stream summarise switch tag test trace train
    translate trim update upload validate verify
"""
VERBS = _VERBS.split()
_OBJECTS = """
    account address agenda alert archive article asset backup badge banner batch benchmark bill branch
    bucket build bundle button cache calendar campaign cart catalogue certificate channel chart checkout
    class client cluster column comment commit component config connection constraint container contract
    cookie counter coverage credential customer dashboard dataset deadline dependency deployment device
    diagram directory document domain driver endpoint environment error event example experiment
    exporter factory feature feed field filter fixture flag folder font form function gateway graph
    group handler header hook icon image index inventory invoice issue job journal key label layout
    library licence link list loader lock log mailbox manifest map margin menu message metric migration
    mock model module monitor namespace network node note notification object order package page panel
    parameter parser partition password path payload payment permission pipeline plugin pod policy pool
    port price process profile project prompt proxy queue quota readme record redirect region registry
    release replica report request resource response role route rule runner sample schedule schema
    script secret section selector sensor server service session setting shard signal snapshot socket
    source stack stage standard state statement stream string style subscription suite summary switch
    symbol table task template tenant terminal theme thread ticket timeout timer token tool topic trace
    transaction translation trigger type unit upload user validator value variable vector version view
    volume warning webhook widget window worker workflow workspace
"""
OBJECTS = _OBJECTS.split()
THEMES = 60
UNUSUAL_SHARE = 0.15
"""Share of texts with a word of their own: a name that nobody else writes."""


def synthetic_summaries(count: int, *, users: int = 300, seed: int = 11) -> Iterator[tuple[ClusterItem, int]]:
    """Units with summaries and the number of the theme that each was planted in."""
    draws = np.random.default_rng(seed)
    themes = [_Theme(draws) for _ in range(THEMES)]
    liking = draws.dirichlet(np.full(THEMES, 0.3), size=users)
    of_user = draws.integers(users, size=count)
    for number in range(count):
        user = int(of_user[number])
        theme = int(draws.choice(THEMES, p=liking[user]))
        text = themes[theme].text(draws)
        if draws.random() < UNUSUAL_SHARE:
            text += f" for own{number:06d}"
        yield ClusterItem(
            "action", "claude_code", f"call{number:08d}", f"session{user:04d}-{number % 97:02d}",
            f"user{user:04d}", None, "synthetic", text, 1.0,
        ), theme  # fmt: skip


class _Theme:
    """A few verbs and objects that come together."""

    def __init__(self, draws: np.random.Generator) -> None:
        self._verbs = draws.choice(VERBS, 3, replace=False)
        self._objects = draws.choice(OBJECTS, 6, replace=False)
        self._likely = draws.dirichlet(np.full(6, 2.0))

    def text(self, draws: np.random.Generator) -> str:
        first, second = draws.choice(self._objects, 2, replace=False, p=self._likely)
        anybody = " ".join(draws.choice(OBJECTS, int(draws.integers(1, 3))))
        return f"{draws.choice(self._verbs)} the {first} {second} of a {anybody}"
