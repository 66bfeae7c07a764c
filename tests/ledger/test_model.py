from smsledger.ledger.model import Credential, DeliveryStatus, MessageType, Scope


def test_delivered_outranks_whatever_else_is_said_of_an_mt() -> None:
    others = (DeliveryStatus.SENT, DeliveryStatus.ERROR, DeliveryStatus.UNDELIVERED)
    assert all(DeliveryStatus.DELIVERED.outranks(other) for other in others)
    assert DeliveryStatus.ERROR.outranks(DeliveryStatus.SENT)
    assert not DeliveryStatus.SENT.outranks(DeliveryStatus.SENT)


def test_every_status_is_of_one_type() -> None:
    for status in DeliveryStatus:
        assert status.fits(MessageType.MO) != status.fits(MessageType.MT)


def test_admin_may_do_everything_within_its_programs() -> None:
    credential = Credential(
        username="ops", scopes=frozenset({Scope.ADMIN}), programs=frozenset({7})
    )
    assert credential.may(Scope.INGEST)
    assert credential.sees(7)
    assert not credential.sees(8)


def test_a_credential_without_programs_sees_all() -> None:
    credential = Credential(username="etl", scopes=frozenset({Scope.EXPORT}))
    assert credential.sees(121811)
    assert not credential.may(Scope.INGEST)
