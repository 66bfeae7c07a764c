"""A realistic year of one program's messages: for the demo, the benchmarks and a first look.

    hours of the year -> texts said in an hour -> messages -> batches, with their receipts

Pure and seeded: the same arguments give the same messages. Campaigns go out in bursts, handsets
answer, answers are answered, carriers report late. A handset that has opted out is sent nothing
but the answer to its STOP, until it opts in again. All numbers are of ranges that no handset has:
area code 555 in the US, 07700 900xxx in the UK. What they say is in `sample_texts.py`.
"""

import heapq
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from random import Random
from typing import NamedTuple

import msgspec

from smsledger.consent import ConsentWords, Kind
from smsledger.instant import DAY, HOUR, MINUTE, SECOND
from smsledger.model import DeliveryStatus, Message, MessageType, Receipt
from smsledger.sample_texts import CAMPAIGNS, TALK_SHARES, TALKS, Talk, segments

YEAR = 364 * DAY  # a day less than retention: nothing leaves while it is looked at
SHORT_CODE = "55512"
GATEWAY = "kannel"

MESSAGES_PER_SUBSCRIBER = 40
UK_SHARE = 0.08
US_NETWORKS = (*["T-Mobile"] * 4, *["Verizon"] * 3, *["AT&T Mobility, LLC"] * 2, None)
UK_NETWORKS = (*["Vodafone"] * 5, *["EE"] * 3, "O2", None)

# How much is said in each GMT hour by an audience that is mostly American.
TALK_IN_HOUR = (
    *(40, 32, 24, 15, 8, 4, 2, 2, 3, 4, 6, 9),
    *(16, 28, 45, 60, 70, 74, 72, 70, 66, 62, 56, 48),
)
TALK_IN_DAY = sum(TALK_IN_HOUR)
CAMPAIGNS_PER_DAY = 0.45
CAMPAIGN_SHARE = 0.95  # of the messages in a campaign's hour
BURST = 20 * MINUTE
LATE_SHARE = 0.01  # of the messages come up to LATE_BY after their date
LATE_BY = 10 * MINUTE
_TRIES = 1000  # draws of a handset that may be sent to

# A draw below the bound, and above those before it, has that outcome.
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
SETTLED = 7 * DAY  # older messages are born with their last status, younger ones get receipts
RECEIPTED = (DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED, DeliveryStatus.ERROR)
RECEIPT_DELAYS = ((0.90, 30 * SECOND), (0.98, 6 * HOUR), (1.0, 3 * DAY))


class Batch(NamedTuple):
    """Messages in order of arrival, and the receipts that came until the last of them.

    A receipt's message is in the same batch or an earlier one.
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
    """At an instant: what a handset says and is answered, or the body of a campaign."""

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
    """The year that ends at `end`, in batches of `size` messages.

    Args:
        count: how many messages there are in all.
        seed: what the year is drawn from; also part of each message's id.
        end: an instant; no message and no receipt is later, no message is a year older.
        size: messages in a batch; only the last has fewer.
        keywords: those of the programs of SHORT_CODE, by which a handset opts in again.

    Returns:
        Batches, mostly in order of date. A receipt that is due after `end` never comes: its
        message stays Sent.
    """
    pending = _Pending(seed, end - SETTLED)
    stream = _messages(count, seed, end, keywords)
    while drawn := list(islice(stream, size)):
        messages = [pending.sent(message, date) for date, message in drawn]
        yield Batch(messages, pending.come(until=drawn[-1][0]))
    if receipts := pending.come(until=end):
        yield Batch([], receipts)


class _Pending:
    """The receipts that have not come yet, by the instant at which they will."""

    def __init__(self, seed: int, settled: int) -> None:
        self._rng = Random(f"receipts {seed}")  # noqa: S311 (nothing here is secret)
        self._settled = settled
        self._due: list[tuple[int, str, Receipt]] = []

    def sent(self, message: Message, date: int) -> Message:
        """The message as it was before its receipt, which is now due."""
        if date < self._settled or message.delivery_status not in RECEIPTED:
            return message
        comes = date + self._delay()
        heapq.heappush(self._due, (comes, message.id, _receipt(message, comes)))
        return msgspec.structs.replace(
            message, delivery_status=DeliveryStatus.SENT, error_code=None
        )

    def come(self, until: int) -> list[Receipt]:
        """The receipts that came until that instant, in order."""
        come = []
        while self._due and self._due[0][0] <= until:
            come.append(heapq.heappop(self._due)[2])
        return come

    def _delay(self) -> int:
        share = self._rng.random()
        longest = next(longest for below, longest in RECEIPT_DELAYS if share < below)
        return SECOND + int(self._rng.random() * longest)


def _messages(
    count: int, seed: int, end: int, keywords: frozenset[str]
) -> Iterator[tuple[int, Message]]:
    """All messages with their dates, in order of arrival, each with its last status."""
    rng = Random(seed)  # noqa: S311 (nothing here is secret)
    start = end - YEAR
    pool = [_subscriber(rng) for _ in range(max(20, count // MESSAGES_PER_SUBSCRIBER))]
    audience, last = _Audience(pool, keywords), dict[str, int]()
    serial = 0
    for hour, share in _shares(count, [_hour(rng, start + n * HOUR) for n in range(YEAR // HOUR)]):
        for text in _said(rng, hour, share, audience):
            serial += 1
            late = int(rng.random() * LATE_BY) if rng.random() < LATE_SHARE else 0
            # Not before what the handset said or was told last: what it means depends on that.
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
    raise AssertionError("the last outcome of each type is for all that is left")


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
    """Each hour with its number of messages; they add up to `count`."""
    total = sum(hour.weight for hour in hours)
    passed, given = 0.0, 0
    for hour in hours:
        passed += hour.weight
        share = round(count * passed / total) - given
        given += share
        yield hour, share


def _said(rng: Random, hour: _Hour, count: int, audience: "_Audience") -> list[_Text]:
    """What is said in an hour, in order: the campaign's burst, and talk."""
    exchanges: list[_Exchange] = []
    if hour.campaign:
        exchanges += _burst(rng, hour.start, hour.campaign, int(count * CAMPAIGN_SHARE))
    size = len(exchanges)
    while size < count:
        talk = rng.choices(TALKS, cum_weights=TALK_SHARES)[0]
        if talk.answer and size + 1 == count:
            talk = talk._replace(answer=None)  # there is room for one text only
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
    """The handsets: who has opted out, and until when each is busy with what was said last."""

    def __init__(self, pool: list[_Subscriber], keywords: frozenset[str]) -> None:
        self._pool = pool
        self._keywords = keywords
        self._words = ConsentWords()
        self._opted_out: set[str] = set()
        self._busy: dict[str, int] = {}

    def texts(self, rng: Random, exchange: _Exchange) -> list[_Text]:
        """What is said, by or to a handset that may say or be told it."""
        talk = exchange.talk
        kind = self._kind(talk.said) if talk else Kind.WORD
        handset = self._handset(rng, exchange, kind is Kind.OPT_IN)
        if talk is None:
            said = [_Text(exchange.date, MessageType.MT, handset, exchange.body or "")]
        else:
            body = talk.said.replace("{code}", _code(rng))
            said = [_Text(exchange.date, MessageType.MO, handset, body)]
            if talk.answer:
                later = exchange.date + SECOND + int(rng.random() * 3 * SECOND)
                answer = talk.answer.replace("{code}", _code(rng))
                said.append(_Text(later, MessageType.MT, handset, answer))
        if kind is Kind.OPT_OUT:
            self._opted_out.add(handset.number)
        elif kind is Kind.OPT_IN:
            self._opted_out.discard(handset.number)
        self._busy[handset.number] = said[-1].date
        return said

    def _kind(self, body: str) -> Kind:
        return self._words.judge(body, self._keywords.__contains__)[0]

    def _handset(self, rng: Random, exchange: _Exchange, opts_in: bool) -> _Subscriber:
        """A handset that is not busy, and has not opted out unless it opts in again now.

        In talk some say more than others.
        """
        exponent = 1.5 if exchange.talk else 1.0
        for _ in range(_TRIES):
            handset = self._pool[int(rng.random() ** exponent * len(self._pool))]
            is_free = self._busy.get(handset.number, exchange.date - 1) < exchange.date
            if is_free and (opts_in or handset.number not in self._opted_out):
                return handset
        new = _subscriber(rng)  # everybody has opted out: the audience grows
        self._pool.append(new)
        return new


def _code(rng: Random) -> str:
    return f"{int(rng.random() * 0xFFFFFF):06X}"
