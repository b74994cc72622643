"""What the desk knows of a customer: how each collection says where that is."""

from dataclasses import replace
from typing import Any

import pytest

from store.chats import CHATS
from store.collections import Collection
from store.customer_data import Deleted, Emptied, NoCustomers, OfCustomers, Reduced, of_customer
from store.notes import NOTES


def test_a_collection_that_does_not_say_what_it_holds_of_customers_stops_the_start() -> None:
    row: Any = {name: getattr(NOTES, name) for name in vars(NOTES) if name != "customers"}
    with pytest.raises(TypeError, match="customers"):
        Collection(**row)


@pytest.mark.parametrize(
    "erased",
    [Reduced(("_id", "topic"), {}), Emptied(("form", "page_url", "tags", "ended_comment", "rating.comment")), None],
)
def test_a_collection_whose_erasure_would_leave_words_stops_the_start(erased: Any) -> None:
    of = OfCustomers(of_customer("_id"), erased, (), None, None) if erased else NoCustomers("nothing, it says")
    with pytest.raises(ValueError, match=r"erasing a customer would leave .*topic.* in the collection chats"):
        replace(CHATS, customers=of)
    assert replace(CHATS, customers=OfCustomers(of_customer("_id"), Deleted(), (), None, None))
