"""Laws of searches, over drawn ranges, strategies and interruptions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from searching_toys import Walker, X, Y, alike, tuned

import kerasflux as kf
from kerasflux.search import space_of

few = settings(max_examples=max(8, settings.default.max_examples // 4))
plans = st.sampled_from(
    [
        lambda seed: kf.RandomSearch(rng=seed),
        lambda seed: kf.Grid(resolution=3, rng=seed),
        lambda seed: kf.LatinHypercube(rng=seed),
        lambda seed: kf.OptunaSearch(rng=seed),
    ]
)
ranges = st.sampled_from(
    [
        {"rate": kf.log_range(0.01, 0.9)},
        {"rate": kf.log_range(0.01, 0.9), "epochs": kf.range(None, "epochs", lower=1, upper=5)},
        {"rate": [0.1, 0.3], "pace": kf.range(None, "pace", lower=0.1, upper=1.0)},
    ]
)
seeds = st.integers(0, 1000)


@few
@given(plan=plans, given=ranges, seed=seeds, n=st.integers(1, 6), n_jobs=st.sampled_from([1, 3]))
def test_a_search_stays_in_its_space_and_depends_on_its_seed_alone(plan, given, seed, n, n_jobs):
    search = tuned(Walker(epochs=2), given, tuning=plan(seed), n=n, n_jobs=n_jobs)
    mach = kf.machine(search, X, Y).fit(verbosity=0)
    space = space_of(given, Walker())
    assert 1 <= len(mach.report.history) <= n
    assert all(entry.point in space for entry in mach.report.history)
    same = tuned(Walker(epochs=2), given, tuning=plan(seed), n=n)
    assert alike(mach, kf.machine(same, X, Y).fit(verbosity=0))


@few
@given(
    plan=plans,
    given=ranges,
    seed=seeds,
    parts=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    at=st.integers(1, 4),
)
def test_a_search_in_parts_is_one_at_once(plan, given, seed, parts, at):
    """Whatever is raised in between, and wherever an interrupt strikes."""

    def strike(row):
        if row["epoch"] == at:
            raise KeyboardInterrupt

    mach = kf.machine(tuned(Walker(epochs=1), given, tuning=plan(seed), n=1), X, Y)
    for k in np.cumsum(parts):
        mach.model.n, mach.model.model.epochs = int(k), int(k)
        try:
            mach.fit(on_epoch=strike, verbosity=0)
        except KeyboardInterrupt:
            mach.fit(verbosity=0)
    total = int(sum(parts))
    once = tuned(Walker(epochs=total), given, tuning=plan(seed), n=total)
    assert alike(mach, kf.machine(once, X, Y).fit(verbosity=0))
