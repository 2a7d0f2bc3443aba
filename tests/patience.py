"""How long tests wait, so that none fails on a machine that is five times slower and stalls at times."""

PATIENCE_SECONDS = 30
"""For what has to come; whoever waits for it goes on as soon as it has."""

BOUND_SECONDS = 20
"""For what would otherwise take minutes, or as long as a wait for a lock may last."""
