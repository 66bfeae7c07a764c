from smsledger.ledger import filters
from smsledger.ledger.filters import Filters
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import PageRequest
from smsledger.web.api.pages import PARAMETERS

ALL = Filters(
    message_type=MessageType.MT,
    delivery_statuses=(DeliveryStatus.ERROR, DeliveryStatus.SENT),
    numbers=("15550001", "15550002"),
    networks=(None, "AT&T, x:y"),
)


def test_the_table_names_every_filter_of_a_walk_and_of_a_request() -> None:
    fields = tuple(each.field for each in filters.FILTERS)
    assert fields == Filters.__struct_fields__
    assert fields == PageRequest.__struct_fields__[: len(fields)]


def test_the_table_names_parameters_that_the_api_has() -> None:
    fields = {parameter.name: parameter.field for parameter in PARAMETERS}
    assert all(fields[each.parameter] == each.field for each in filters.FILTERS)


def test_a_query_string_has_the_filters_in_force_and_the_dates_after_the_type() -> None:
    dates = [("startDate", "2026-01-01T00:00:00")]
    assert filters.query_string(filters.pairs(ALL, dates)) == (
        "messageType=MT&startDate=2026-01-01T00:00:00&deliveryStatus=Error,Sent"
        "&number=15550001,15550002&network=&network=AT%26T%2C%20x%3Ay"
    )


def test_without_filters_there_are_only_the_dates() -> None:
    assert list(filters.pairs(Filters(), [("endDate", "x")])) == [("endDate", "x")]
