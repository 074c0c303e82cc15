"""Linear models: pieces are solved apart and add up, a start changes nothing, growth finds the optimum."""

import numpy as np
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.linear import INFINITE, Growing, Model, Start
from einklang.engine.linear.program import SMALL, pieces


def knapsacks(sizes, *, whole=True, room=10.0):
    """One knapsack after another: take as much worth as the room allows."""
    model, random = Model(), np.random.default_rng(5)
    blocks = []
    for size in sizes:
        taken = model.columns((size,), "worth", cost=-random.uniform(1, 9, size), upper=1.0, whole=whole)
        model.put(model.rows((1,), upper=room), taken, random.uniform(1, 6, size))
        blocks.append(taken)
    return model, blocks


def test_pieces_cover_every_column_and_row_once():
    model, _ = knapsacks([4, 5, 6])
    parts = pieces(model.program(model.cost()))
    assert len(parts) == 3
    assert sorted(np.concatenate([columns for columns, _ in parts]).tolist()) == list(range(15))
    assert sorted(np.concatenate([rows for _, rows in parts]).tolist()) == [0, 1, 2]


def test_small_pieces_without_whole_columns_stay_together():
    model, _ = knapsacks([4, 5, 6], whole=False)
    assert len(pieces(model.program(model.cost()))) == 1
    many, _ = knapsacks([SMALL, SMALL, SMALL], whole=False)
    assert len(pieces(many.program(many.cost()))) == 3


def test_the_optimum_is_the_sum_of_the_pieces_optima():
    model, blocks = knapsacks([8, 9, 7])
    together = model.solve()
    assert together is not None
    alone = 0.0
    for kept in blocks:
        cost = np.zeros(model.width)
        cost[kept] = model.cost()[kept]
        one = model.solve(cost=cost)
        assert one is not None
        alone += one.objective
    assert together.objective == pytest.approx(alone)
    assert together.proven
    assert together.gap <= 1e-6
    assert model.by_kind(together.values)["worth"] == pytest.approx(together.objective)


def test_prices_of_pieces_stand_at_their_own_rows():
    model, _ = knapsacks([SMALL, SMALL], whole=False)
    loose = model.rows((1,), upper=5.0)
    model.put(loose, model.columns((1,), "free", cost=1.0), 1.0)
    found = model.solve()
    assert found is not None
    assert (found.prices[:2] < 0).all()
    assert found.prices[2] == 0


def test_one_piece_without_a_solution_leaves_none():
    model, _ = knapsacks([3, 4])
    stuck = model.columns((1,), "stuck", upper=1.0, whole=True)
    model.put(model.rows((1,), lower=2.0), stuck, 1.0)
    assert model.solve() is None


def test_values_to_begin_with_reach_the_piece_they_belong_to():
    model, blocks = knapsacks([12, 13])
    first = model.solve()
    assert first is not None
    at = np.concatenate(blocks)
    again = model.solve(start=Start(whole=(at, first.values[at])))
    assert again is not None
    assert again.objective == pytest.approx(first.objective)


def test_a_model_grows_to_its_optimum():
    """Cut 7 of length 3 and 4 of length 5 from bars of 10: the pattern 5+5 and 3+3+3 come one by one."""
    growing = Growing(np.array([7.0, 4.0]), np.array([INFINITE, INFINITE]))
    growing.add(np.ones(2), np.full(2, INFINITE), np.array([0, 1, 2]), np.array([0, 1]), np.array([1.0, 1.0]))
    assert growing.solve().objective == pytest.approx(11)
    growing.add(np.ones(2), np.full(2, INFINITE), np.array([0, 1, 2]), np.array([0, 1]), np.array([3.0, 2.0]))
    better = growing.solve()
    assert better.objective == pytest.approx(7 / 3 + 2)
    assert better.values.tolist() == pytest.approx([0, 0, 7 / 3, 2])
    assert better.prices.tolist() == pytest.approx([1 / 3, 1 / 2])


def test_rows_no_column_can_serve_are_said():
    growing = Growing(np.array([1.0]), np.array([INFINITE]))
    growing.add(np.ones(1), np.array([0.5]), np.array([0, 1]), np.array([0]), np.array([1.0]))
    with pytest.raises(Impossible, match="Infeasible"):
        growing.solve()
