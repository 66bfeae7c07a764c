import pytest

from smsledger.errors import InvalidRequest, Problem, UriTooLong
from smsledger.ledger.model import DeliveryStatus, MessageType
from smsledger.ledger.walk import PageRequest
from smsledger.web.api.pages import PARAMETERS, parse_page_request
from smsledger.web.auth import program_id_of


def parse(query: str) -> PageRequest:
    return parse_page_request(query.encode(), 50, 365)


def problems(query: str) -> dict[str | None, Problem]:
    with pytest.raises(InvalidRequest) as caught:
        parse(query)
    return {problem.parameter: problem for problem in caught.value.problems}


def test_no_parameters_ask_for_all_on_pages_of_the_default_size() -> None:
    assert parse("") == PageRequest(page_size=50)


def test_every_filter_is_read() -> None:
    asked = parse(
        "messageType=mo&startDate=1970-01-01T00:00:00&endDate=1970-01-01T00:00:01&pageSize=7"
        "&page=2&deliveryStatus=Received,Processing&number=%2B15556667777,447700900000"
        "&network=AT%26T,%20LLC&network=&include=gateway,id"
    )
    assert asked == PageRequest(
        message_type=MessageType.MO,
        start=0,
        end=1_999_999,
        page_size=7,
        page=2,
        delivery_statuses=(DeliveryStatus.PROCESSING, DeliveryStatus.RECEIVED),
        numbers=("15556667777", "447700900000"),
        networks=(None, "AT&T, LLC"),
        include=("id", "gateway"),
    )


def test_an_unescaped_plus_is_read_as_one() -> None:
    assert parse("number=+15556667777").numbers == ("15556667777",)
    assert parse("startDate=1970-01-01T01:00:00+01:00").start == 0


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("messageType=MX", "messageType"),
        ("startDate=yesterday", "startDate"),
        ("endDate=0000-01-01T00:00:00", "endDate"),
        ("pageSize=0", "pageSize"),
        ("pageSize=501", "pageSize"),
        ("pageSize=5.0", "pageSize"),
        ("page=0", "page"),
        ("page=" + "9" * 100, "page"),
        ("deliveryStatus=delivered", "deliveryStatus"),
        ("deliveryStatus=Sent,", "deliveryStatus"),
        ("number=1555' OR 1=1", "number"),
        ("number=" + ",".join(map(str, range(101))), "number"),
        ("network=a%00b", "network"),
        ("&".join(f"network={n}" for n in range(51)), "network"),
        ("network=" + "x" * 1001, "network"),
        ("network=%ff", "network"),
        ("include=body", "include"),
        ("cursor=abc", "cursor"),
        ("startDate=", "startDate"),
        ("include=", "include"),
    ],
)
def test_what_cannot_be_read_is_a_problem_that_names_it(query: str, parameter: str) -> None:
    assert list(problems(query)) == [parameter]


def test_an_unknown_parameter_is_named_with_the_one_that_was_probably_meant() -> None:
    problem = problems("messagetype=MO")["messagetype"]
    assert problem.code == "unknown_parameter"
    assert problem.hint == "Did you mean messageType?"


def test_a_network_may_be_repeated_with_different_values() -> None:
    assert parse("network=b&network=a&network=b").networks == ("a", "b")


@pytest.mark.parametrize(
    "query",
    [
        "page=2&page=2",
        "page=2&page=02",
        "messageType=MT&messageType=mt",
        "deliveryStatus=Sent,Error&deliveryStatus=Error,Sent",
        "number=%2B15556667777&number=15556667777",
        "startDate=2014-12-05T10:00:44&startDate=2014-12-05T10:00:44.000000",
        "startDate=2014-12-05T10:00:44Z&startDate=2014-12-05T11:00:44%2B01:00",
        "endDate=2014-12-05T10:00:44&endDate=2014-12-05T10:00:44.999999",
    ],
)
def test_a_parameter_that_is_given_twice_with_equal_values_is_read_once(query: str) -> None:
    assert parse(query) == parse(query.rpartition("&")[2])


@pytest.mark.parametrize(
    "query",
    [
        "page=1&page=2",
        "page=1&page=1&page=2",
        "page=1&page=x",
        "page=1&page=",
        "messageType=MT&messageType=MO",
        "startDate=2014-12-05T10:00:44&startDate=2014-12-05T10:00:44.000001",
        # An end of whole seconds includes its second: these are two windows.
        "endDate=2014-12-05T10:00:44&endDate=2014-12-05T10:00:44.000000",
    ],
)
def test_a_parameter_that_is_given_twice_with_different_values_is_named(query: str) -> None:
    name = query.partition("=")[0]
    assert [problem.code for problem in problems(query).values()] == ["repeated_parameter"]
    assert list(problems(query)) == [name]


def test_all_that_is_wrong_is_reported_at_once() -> None:
    assert set(problems("foo=1&page=x&startDate=x&messageType=")) == {
        "foo",
        "page",
        "startDate",
        "messageType",
    }


def test_a_start_after_the_end_is_a_problem_and_the_same_second_is_none() -> None:
    assert problems("startDate=2024-01-02T00:00:00&endDate=2024-01-01T00:00:00")["startDate"]
    asked = parse("startDate=2024-01-01T00:00:00&endDate=2024-01-01T00:00:00")
    assert asked.start is not None
    assert asked.end is not None
    assert asked.start < asked.end


def test_counting_pages_ends_at_a_million_messages() -> None:
    assert parse("page=20001").page == 20001
    assert problems("page=20002")["page"].code == "page_too_deep"
    assert "nextPageUrl" in (problems("page=2002&pageSize=500")["page"].hint or "")


def test_a_query_that_is_too_long_is_refused() -> None:
    with pytest.raises(UriTooLong):
        parse("network=" + "x" * 40_000)


@pytest.mark.parametrize("text", ["abc", "0", "-1", "1.0", "١", "9" * 19, "1%20", ""])
def test_a_program_id_is_a_positive_integer(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        program_id_of(text)
    assert caught.value.problems[0].code == "invalid_path"


def test_each_parameter_fills_a_field_of_the_request() -> None:
    assert {parameter.field for parameter in PARAMETERS} == set(PageRequest.__struct_fields__)
