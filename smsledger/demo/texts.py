"""What the programs and handsets of `sample.py` say: `{code}` stands for a code of six letters."""

from itertools import accumulate
from typing import NamedTuple


class Talk(NamedTuple):
    """What a handset says and what the program answers, `share` times in all."""

    share: int
    said: str
    answer: str | None


_WELCOME = (
    "Welcome to Summer Sale alerts! Expect 4 msgs/month. Reply HELP for help, STOP to cancel. "
    "Msg&data rates may apply."
)
_GOODBYE = "You are unsubscribed and will get no more messages. Reply JOIN to come back."
_HELP = "Summer Sale alerts: help at example.com/help. Reply STOP to cancel."
_VOTED = "Thanks for your vote! Results tonight at 9pm."
_COMPLAINT = (
    "Hi, I came in on Saturday with my sister and we waited over half an hour although we had "
    "booked. The staff were kind about it but nobody told us what was going on, and in the end we "
    "left without eating. I still have the code {code} from your last text. Could you let me know "
    "whether it can be used another day? We would like to come back, only not on a weekend. "
    "Thank you, and sorry for the long message!"
)

TALKS = (
    Talk(26, "JOIN", _WELCOME),
    Talk(20, "YES", "Great, you are confirmed. Your reference is {code}. See you soon!"),
    Talk(10, "STOP", _GOODBYE),
    Talk(4, "Stop", _GOODBYE),
    Talk(4, "HELP", _HELP),
    Talk(6, "1", _VOTED),
    Talk(5, "2", _VOTED),
    Talk(5, "SONG Blue Monday", "Good choice! Your entry code is {code}."),
    Talk(4, "yes please, for two people at 7 if you still have a table", None),
    Talk(4, "Thanks!! \N{SMILING FACE WITH SMILING EYES}", None),
    Talk(3, "\N{THUMBS UP SIGN}", None),
    Talk(3, "Sí, gracias. ¿Mañana también está abierto?", None),
    Talk(2, "is the code {code} good for the online shop too?", None),
    Talk(2, "who is this", _HELP),
    Talk(2, _COMPLAINT, None),
)
TALK_SHARES = tuple(accumulate(talk.share for talk in TALKS))

CAMPAIGNS = (
    (
        "Summer Sale: 20% off all swimwear until Sunday. Show code {code} at the till or enter it "
        "at example.com/sale. Reply STOP to opt out, HELP for help."
    ),
    (
        "Your table is waiting! Book before Friday with {code} and dessert is on us: "
        "example.com/book. Reply YES to reserve."
    ),
    (
        "Example FM: name the next song and win two tickets for Saturday's show. Your entry code "
        "is {code}. Text SONG and its title to 55512."
    ),
    "\N{PARTY POPPER} It's your birthday month! Enjoy a free coffee on us with {code}, any day.",
    "¡Hola! Esta semana 2x1 en cafés y postres. Enseña el código {code} en caja.",
    (
        "VOTE NOW: who takes the crown? Text 1 for Ana, 2 for Ben, 3 for Chloe to 55512. Your "
        "ballot is {code}. Lines close at 9pm. One vote per number."
    ),
    (
        "Clinic reminder: flu shots are available without appointment this week, Mon to Fri 8am "
        "to 6pm. Bring this text ({code}) and your insurance card. Reply NO if you have had yours."
    ),
)

# What the 7-bit alphabet of GSM has beyond ASCII and a European keyboard has too.
_GSM_BEYOND_ASCII = frozenset("¡¿ñÑéÉèùìòàÇöäüÖÄÜß§£¥¤")


def segments(text: str) -> int:
    """How many SMS the text takes: 7-bit where that alphabet has all its characters, else UCS-2."""
    if text.isascii() or _GSM_BEYOND_ASCII.issuperset(c for c in text if not c.isascii()):
        units, alone, joined = len(text), 160, 153
    else:
        units, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= alone else -(-units // joined)
