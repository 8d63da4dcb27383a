"""KNET's calls: every well-formed one is answered with exactly one line, everything else is refused and kept."""

import pytest

from infra.payments.evidence_box import UNOWNED_AN_HOUR
from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry
from tests.site import Site
from tests.world import PUBLIC_URL, World

_O = EvidenceOutcome


@pytest.fixture
def attempt(world: World) -> PaymentAttempt:
    return world.start(world.at(CaseStatus.AWAITING_PAYMENT))


def test_notification_is_acknowledged_with_exactly_one_line(world: World, site: Site, attempt: PaymentAttempt) -> None:
    message = world.gateway.captures(attempt.trackid)
    for _ in range(2):
        answer = site.post("/knet/response", content=message)
        assert answer.status_code == 200
        assert answer.content == f"REDIRECT={PUBLIC_URL}/pay/return/{attempt.return_token}".encode()
        assert answer.headers["content-type"].startswith("text/plain")
    assert len(world.rows(GatewayEvidence)) == 1
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.VERIFYING
    assert not world.rows(LedgerEntry)


@pytest.mark.parametrize("body", [b"", b"garbage", b"\xff\x00\xfe", b"result=captured", b"trackid=x&result=won"])
def test_garbage_is_refused_and_kept(world: World, site: Site, attempt: PaymentAttempt, body: bytes) -> None:
    answer = site.post("/knet/response", content=body)
    assert (answer.status_code, answer.text) == (400, "unknown payment")
    [kept] = world.rows(GatewayEvidence)
    assert (kept.raw, kept.outcome, kept.kind) == (body, _O.MALFORMED, EvidenceKind.CALLBACK)
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.REDIRECTED


@pytest.fixture
def flood(world: World, site: Site) -> None:
    """As much rubbish as is kept of one hour."""
    for count in range(UNOWNED_AN_HOUR):
        site.post("/knet/response", content=b"garbage %d" % count)
    assert len(world.rows(GatewayEvidence)) == UNOWNED_AN_HOUR


@pytest.mark.usefixtures("flood")
def test_a_flood_of_garbage_does_not_fill_the_database(world: World, site: Site) -> None:
    for more in range(5):
        answer = site.post("/knet/response", content=b"more %d" % more)
        assert (answer.status_code, answer.text) == (400, "unknown payment")
    assert len(world.rows(GatewayEvidence)) == UNOWNED_AN_HOUR
    world.clock.advance(hours=1)
    site.post("/knet/response", content=b"an hour later")
    assert len(world.rows(GatewayEvidence)) == UNOWNED_AN_HOUR + 1


@pytest.mark.usefixtures("flood")
def test_no_flood_drops_what_is_about_a_payment_of_ours_or_came_under_the_gateways_key(
    world: World, site: Site, attempt: PaymentAttempt
) -> None:
    ours = [
        world.gateway.captures(attempt.trackid),
        f"trandata=cut off&trackid={attempt.trackid}".encode(),
        world.gateway.message("RPNOBODY", _O.CAPTURED),
    ]
    for each in ours:
        site.post("/knet/response", content=each)
    assert [each.raw for each in world.rows(GatewayEvidence)[UNOWNED_AN_HOUR:]] == ours
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.VERIFYING


@pytest.mark.parametrize("length", [16_384, 16_385, 10_000_000])
def test_body_is_read_only_as_far_as_a_notification_can_be_long(world: World, site: Site, length: int) -> None:
    answer = site.post("/knet/response", content=b"x" * length)
    too_long = length > 16_384
    assert answer.status_code == (413 if too_long else 400)
    assert len(world.rows(GatewayEvidence)) == int(not too_long)


def test_notification_of_an_unknown_payment_is_refused_and_kept(world: World, site: Site) -> None:
    answer = site.post("/knet/response", content=world.gateway.message("RPNOBODY", _O.CAPTURED))
    assert (answer.status_code, answer.text) == (400, "unknown payment")
    assert len(world.rows(GatewayEvidence)) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_error_return_leads_the_payer_back_and_decides_nothing(
    world: World, site: Site, attempt: PaymentAttempt, method: str
) -> None:
    said = world.gateway.message(attempt.trackid, _O.CANCELLED) + b"&plain=yes"
    given = {"params": said.decode()} if method == "GET" else {"content": said}
    answer = site.request(method, "/knet/error", **given)  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PUBLIC_URL}/pay/{attempt.order_id}"
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.REDIRECTED
    assert world.rows(GatewayEvidence)[0].kind is EvidenceKind.ERROR_RETURN


@pytest.mark.parametrize(
    "query", ["", "trackid=RPNOBODY&result=cancelled&plain=1", "trackid=%00&result=cancelled&plain=1", "%F0%28"]
)
def test_error_return_without_a_payment_of_ours_is_refused(world: World, site: Site, query: str) -> None:
    answer = site.get(f"/knet/error?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "We do not know this payment" in answer.text
    assert "لم نتعرّف على عملية الدفع هذه" in answer.text
    assert not world.rows(GatewayEvidence)  # anybody could fill the books with this


def test_notification_can_only_be_posted(site: Site) -> None:
    answer = site.get("/knet/response")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "There is no such page" in answer.text
    assert "هذه الصفحة غير موجودة" in answer.text


def test_plain_fields_at_the_notification_address_are_a_browsers_word(world: World, site: Site) -> None:
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    body = f"trackid={attempt.trackid}&result=cancelled&plain=yes"
    answer = site.post("/knet/response", content=body)
    assert answer.content == f"REDIRECT={PUBLIC_URL}/pay/{attempt.order_id}".encode()
    after = world.get(PaymentAttempt, attempt.id)
    assert (after.state, after.acknowledged_at, after.cancel_heard) == (AttemptState.REDIRECTED, None, False)
    assert str(after.return_token) not in answer.text
