"""Made-up identifiers, judged by another implementation of the standards."""

import random

import pytest
from stdnum import isin, lei

from backend.demo.identifiers import make_isin, make_lei, with_wrong_check_digit


def test_a_thousand_leis_have_right_check_digits() -> None:
    source = random.Random(1)
    assert all(lei.is_valid(make_lei(source)) for _ in range(1000))


@pytest.mark.parametrize("country", ["DE", "US", "NA"])
def test_isins_of_any_country_have_a_right_check_digit(country: str) -> None:
    source = random.Random(2)
    made = [make_isin(source, country) for _ in range(500)]
    assert all(isin.is_valid(one) and one.startswith(country) for one in made)


def test_a_wrong_check_digit_keeps_the_form_and_breaks_the_sum() -> None:
    source = random.Random(3)
    for _ in range(200):
        good_lei, good_isin = make_lei(source), make_isin(source, "FR")
        bad_lei, bad_isin = with_wrong_check_digit(good_lei), with_wrong_check_digit(good_isin)
        assert (len(bad_lei), bad_lei[:-1]) == (20, good_lei[:-1])
        assert (len(bad_isin), bad_isin[:-1]) == (12, good_isin[:-1])
        assert not lei.is_valid(bad_lei)
        assert not isin.is_valid(bad_isin)
