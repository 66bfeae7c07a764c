"""A realistic year of one program's messages: for the demo, the benchmarks and a first look.

    hours of the year -> texts of an hour -> messages -> batches with receipts

The module is pure and seeded: the same arguments give the same messages. Campaigns are sent in
bursts, handsets write and get answers, and carriers report late. After an opt-out, a handset is
sent the answer to its STOP and then nothing until it opts in again. All numbers belong to ranges
without handsets: area code 555 in the US, 07700 900xxx in the UK. The texts are in
`sample_texts.py`.
"""

import heapq
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from random import Random
from typing import NamedTuple

import msgspec

from smsledger.demo.texts import CAMPAIGNS, TALK_SHARES, TALKS, Talk, segments
from smsledger.ledger.consent import ConsentWords, Kind
from smsledger.ledger.instant import DAY, HOUR, MINUTE, SECOND
from smsledger.ledger.model import DeliveryStatus, Message, MessageType, Receipt

YEAR = 364 * DAY  # a day less than the default retention, so that no message expires at once
SHORT_CODE = "55512"
GATEWAY = "kannel"

MESSAGES_PER_SUBSCRIBER = 40
UK_SHARE = 0.08
US_NETWORKS = (*["T-Mobile"] * 4, *["Verizon"] * 3, *["AT&T Mobility, LLC"] * 2, None)
UK_NETWORKS = (*["Vodafone"] * 5, *["EE"] * 3, "O2", None)

# The weight of each GMT hour for talk of an audience that is mostly American.
TALK_IN_HOUR = (
    *(40, 32, 24, 15, 8, 4, 2, 2, 3, 4, 6, 9),
    *(16, 28, 45, 60, 70, 74, 72, 70, 66, 62, 56, 48),
)
TALK_IN_DAY = sum(TALK_IN_HOUR)
CAMPAIGNS_PER_DAY = 0.45
CAMPAIGN_SHARE = 0.95  # of the messages in a campaign's hour
BURST = 20 * MINUTE
LATE_SHARE = 0.01  # of the messages are recorded up to LATE_BY after their date
LATE_BY = 10 * MINUTE
_TRIES = 1000  # maximum draws of a handset before a new one is added

# A draw has the first outcome whose bound is above it.
OUTCOMES = {
    MessageType.MT: (
        (0.950, DeliveryStatus.DELIVERED, None),
        (0.956, DeliveryStatus.UNDELIVERED, "30003"),
        (0.959, DeliveryStatus.UNDELIVERED, "30005"),
        (0.963, DeliveryStatus.ERROR, "30007"),
        (1.000, DeliveryStatus.SENT, None),
    ),
    MessageType.MO: (
        (0.999, DeliveryStatus.RECEIVED, None),
        (1.000, DeliveryStatus.PROCESSING, None),
    ),
}
SETTLED = 7 * DAY  # older messages begin with their final status, younger ones get receipts
RECEIPTED = (DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED, DeliveryStatus.ERROR)
RECEIPT_DELAYS = ((0.90, 30 * SECOND), (0.98, 6 * HOUR), (1.0, 3 * DAY))


class Batch(NamedTuple):
    """Messages in order of arrival, and the receipts due by the date of the last one.

    The message of a receipt is in the same batch or an earlier one.
    """

    messages: list[Message]
    receipts: list[Receipt]


class _Subscriber(NamedTuple):
    number: str
    network: str | None


class _Hour(NamedTuple):
    start: int
    weight: float
    campaign: str | None


class _Exchange(NamedTuple):
    """A talk, which is a handset's text with its answer, or a campaign's text to one handset.

    One of `talk` and `body` is None.
    """

    date: int
    talk: Talk | None
    body: str | None


class _Text(NamedTuple):
    date: int
    type: MessageType
    subscriber: _Subscriber
    body: str


def batches(
    *, count: int, seed: int, end: int, size: int = 1000, keywords: frozenset[str] = frozenset()
) -> Iterator[Batch]:
    """Yield the year that ends at `end`, in batches of `size` messages.

    Args:
        count: the total number of messages.
        seed: the seed of the random numbers, also part of each message's id.
        end: the last possible instant of messages and receipts; the first is `end` - YEAR.
        size: the number of messages in a batch; only the last batch has fewer.
        keywords: keywords of the programs on SHORT_CODE, which opt a handset in again.

    Returns:
        Batches, mostly in order of date. A receipt due after `end` is left out, so its message
        stays Sent.
    """
    pending = _Pending(seed, end - SETTLED)
    stream = _messages(count, seed, end, keywords)
    while drawn := list(islice(stream, size)):
        messages = [pending.before_receipt(message, date) for date, message in drawn]
        yield Batch(messages, pending.take_due(until=drawn[-1][0]))
    if receipts := pending.take_due(until=end):
        yield Batch([], receipts)


class _Pending:
    """The receipts that are not due yet, ordered by the instant at which they are due."""

    def __init__(self, seed: int, settled: int) -> None:
        self._rng = Random(f"receipts {seed}")  # noqa: S311 (nothing here is secret)
        self._settled = settled
        self._due: list[tuple[int, str, Receipt]] = []

    def before_receipt(self, message: Message, date: int) -> Message:
        """Return the message with the status it has before its receipt, and plan the receipt.

        A settled message, or one without a receipt, is returned unchanged.
        """
        if date < self._settled or message.delivery_status not in RECEIPTED:
            return message
        due = date + self._delay()
        heapq.heappush(self._due, (due, message.id, _receipt(message, due)))
        return msgspec.structs.replace(
            message, delivery_status=DeliveryStatus.SENT, error_code=None
        )

    def take_due(self, until: int) -> list[Receipt]:
        """Remove and return the receipts due up to an instant, in order."""
        receipts = []
        while self._due and self._due[0][0] <= until:
            receipts.append(heapq.heappop(self._due)[2])
        return receipts

    def _delay(self) -> int:
        share = self._rng.random()
        longest = next(longest for below, longest in RECEIPT_DELAYS if share < below)
        return SECOND + int(self._rng.random() * longest)


def _messages(
    count: int, seed: int, end: int, keywords: frozenset[str]
) -> Iterator[tuple[int, Message]]:
    """Yield all messages with their dates, in order of arrival, each with its final status."""
    rng = Random(seed)  # noqa: S311 (nothing here is secret)
    start = end - YEAR
    pool = [_subscriber(rng) for _ in range(max(20, count // MESSAGES_PER_SUBSCRIBER))]
    audience, last = _Audience(pool, keywords), dict[str, int]()
    serial = 0
    for hour, share in _shares(count, [_hour(rng, start + n * HOUR) for n in range(YEAR // HOUR)]):
        for text in _texts(rng, hour, share, audience):
            serial += 1
            late = int(rng.random() * LATE_BY) if rng.random() < LATE_SHARE else 0
            # Not before the handset's previous text: the order of its texts decides its consent.
            earliest = max(start, last.get(text.subscriber.number, start - 1) + 1)
            date = min(max(text.date - late, earliest), end)
            last[text.subscriber.number] = date
            yield date, _message(rng, f"s{seed}-{serial:09d}", date, text)


def _message(rng: Random, message_id: str, date: int, text: _Text) -> Message:
    status, error_code = _outcome(rng, text.type)
    return Message(
        id=message_id,
        type=text.type,
        delivery_status=status,
        number=text.subscriber.number,
        body=text.body,
        date=date,
        network=text.subscriber.network,
        short_code=SHORT_CODE,
        gateway=GATEWAY,
        segments=segments(text.body),
        error_code=error_code,
    )


def _receipt(message: Message, date: int) -> Receipt:
    return Receipt(
        id=message.id,
        delivery_status=message.delivery_status,
        date=date,
        number=message.number,
        network=message.network,
        gateway=GATEWAY,
        error_code=message.error_code,
    )


def _outcome(rng: Random, message_type: MessageType) -> tuple[DeliveryStatus, str | None]:
    drawn = rng.random()
    for below, status, error_code in OUTCOMES[message_type]:
        if drawn < below:
            return status, error_code
    raise AssertionError("the last outcome of each type has the bound 1")


def _subscriber(rng: Random) -> _Subscriber:
    if rng.random() < UK_SHARE:
        number = 447_700_900_000 + int(rng.random() * 1_000)
        networks = UK_NETWORKS
    else:
        number = 1_555_200_0000 + int(rng.random() * 800_0000)
        networks = US_NETWORKS
    return _Subscriber(str(number), networks[number % len(networks)])


def _hour(rng: Random, start: int) -> _Hour:
    talk = TALK_IN_HOUR[start // HOUR % 24]
    if rng.random() >= CAMPAIGNS_PER_DAY * talk / TALK_IN_DAY:
        return _Hour(start, talk, None)
    size = TALK_IN_DAY * (1 + 7 * rng.random() ** 2)
    return _Hour(start, talk + size, rng.choice(CAMPAIGNS))


def _shares(count: int, hours: list[_Hour]) -> Iterator[tuple[_Hour, int]]:
    """Yield each hour with its number of messages; the numbers add up to `count`."""
    total = sum(hour.weight for hour in hours)
    passed, given = 0.0, 0
    for hour in hours:
        passed += hour.weight
        share = round(count * passed / total) - given
        given += share
        yield hour, share


def _texts(rng: Random, hour: _Hour, count: int, audience: "_Audience") -> list[_Text]:
    """Return the texts of an hour in order of date: the campaign's burst, if any, and talk."""
    exchanges: list[_Exchange] = []
    if hour.campaign:
        exchanges += _burst(rng, hour.start, hour.campaign, int(count * CAMPAIGN_SHARE))
    size = len(exchanges)
    while size < count:
        talk = rng.choices(TALKS, cum_weights=TALK_SHARES)[0]
        if talk.answer and size + 1 == count:
            talk = talk._replace(answer=None)  # only one text is left
        exchanges.append(_Exchange(hour.start + int(rng.random() * (HOUR - MINUTE)), talk, None))
        size += 2 if talk.answer else 1
    exchanges.sort(key=itemgetter(0))
    texts = [text for exchange in exchanges for text in audience.texts(rng, exchange)]
    texts.sort(key=itemgetter(0))
    return texts


def _burst(rng: Random, start: int, campaign: str, count: int) -> Iterator[_Exchange]:
    for _ in range(count):
        body = campaign.replace("{code}", _code(rng))
        yield _Exchange(start + int(rng.random() * BURST), None, body)


class _Audience:
    """The handsets: which have opted out, and the date of each one's latest text."""

    def __init__(self, pool: list[_Subscriber], keywords: frozenset[str]) -> None:
        self._pool = pool
        self._keywords = keywords
        self._words = ConsentWords()
        self._opted_out: set[str] = set()
        self._busy: dict[str, int] = {}

    def texts(self, rng: Random, exchange: _Exchange) -> list[_Text]:
        """Return the texts of an exchange with a handset drawn for it, and note its consent."""
        talk = exchange.talk
        kind = self._kind(talk.said) if talk else Kind.WORD
        handset = self._handset(rng, exchange, kind is Kind.OPT_IN)
        if talk is None:
            texts = [_Text(exchange.date, MessageType.MT, handset, exchange.body or "")]
        else:
            body = talk.said.replace("{code}", _code(rng))
            texts = [_Text(exchange.date, MessageType.MO, handset, body)]
            if talk.answer:
                later = exchange.date + SECOND + int(rng.random() * 3 * SECOND)
                answer = talk.answer.replace("{code}", _code(rng))
                texts.append(_Text(later, MessageType.MT, handset, answer))
        if kind is Kind.OPT_OUT:
            self._opted_out.add(handset.number)
        elif kind is Kind.OPT_IN:
            self._opted_out.discard(handset.number)
        self._busy[handset.number] = texts[-1].date
        return texts

    def _kind(self, body: str) -> Kind:
        return self._words.judge(body, self._keywords.__contains__)[0]

    def _handset(self, rng: Random, exchange: _Exchange, opts_in: bool) -> _Subscriber:
        """Draw a handset that is not busy and has not opted out, or opts in again now.

        For talk, the first handsets of the pool are drawn more often than the last.
        """
        exponent = 1.5 if exchange.talk else 1.0
        for _ in range(_TRIES):
            handset = self._pool[int(rng.random() ** exponent * len(self._pool))]
            is_free = self._busy.get(handset.number, exchange.date - 1) < exchange.date
            if is_free and (opts_in or handset.number not in self._opted_out):
                return handset
        new = _subscriber(rng)  # nearly all have opted out, so the audience grows
        self._pool.append(new)
        return new


def _code(rng: Random) -> str:
    return f"{int(rng.random() * 0xFFFFFF):06X}"
