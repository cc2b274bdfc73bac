"""WeChat is away for an hour, sign-in and payments: the shop refuses politely what needs it, and loses nothing."""

import pytest

from shop.simulator import SimulatedWeChat
from tests.factories.people import Tourist
from tests.payments.world import World
from tests.resilience.calls import manner
from tests.resilience.money import unaccounted


@pytest.fixture
def own_wechat(tmp_path):
    """A WeChat that this test may stop."""
    with SimulatedWeChat(tmp_path, time_scale=0.005) as simulated:
        simulated.address = simulated.start()
        yield simulated


@pytest.fixture
def restart(own_wechat):
    """Brings it back where it was."""
    port = int(own_wechat.address.rpartition(":")[2])
    return lambda: own_wechat.start(port)


@pytest.fixture
def stranded(own_shop_with, own_wechat, time_machine):
    """A shop that knows that WeChat only."""
    world = World(own_shop_with(own_wechat), own_wechat, "global", time_machine)
    yield world
    assert world.violations() == []
    assert unaccounted(world.app, own_wechat._folder) == []


def test_an_hour_without_wechat_costs_nobody_anything(stranded, own_wechat, restart):
    world = stranded
    unpaid, _, _ = world.opened()
    paid, _, number = world.opened()
    sold_out, _, late = world.opened(capacity=2)
    world.pay(number)  # and no callback comes
    holding = world.mei.held(world.departure())
    lei = Tourist(world.app, own_wechat, "lei")
    code = lei.login_code()
    own_wechat.stop()

    for minutes in range(0, 60, 5):
        world.sweep()
        refused = {
            manner(lei.post("/auth/wechat", {"code": code})),
            manner(world.mei.open_payment(unpaid["id"])) if minutes < 15 else "payment-provider-down",
        }
        assert refused == {"wechat-unavailable", "payment-provider-down"}
        assert manner(world.mei.get("/tours")) == manner(world.mei.get("/orders")) == "answered"
        held = world.mei.held(world.departure())
        assert manner(world.mei.place(held["id"])) == "answered"
        assert world.app.test_client().get("/readyz").status_code == 200
        assert [one for one in world.violations() if "orders-end" not in one] == []
        if minutes == 10:
            assert {world.status(order) for order in (unpaid, paid, sold_out)} == {"pending"}
            assert world.catalogue.seats_taken(holding["departure"]["id"]) == 2
        world.later(minutes=5)
    world.sweep()
    assert {world.status(order) for order in (unpaid, paid, sold_out)} == {"expired"}
    assert world.kinds() == ["gateway-silent"] * 3
    other = world.mei.held(sold_out["bookings"][0]["departure"]["id"])

    restart()
    bought = world.mei.place(other["id"]).json
    world.mei.payment(bought["id"])
    world.arrive(world.number(bought))
    world.pay(late)  # somebody's bank was slow
    world.later(hours=2)
    world.sweep()

    assert world.status(paid) == "paid"
    assert world.status(unpaid) == "expired"
    assert (world.status(sold_out), world.refunds(sold_out)) == ("expired", [(3800, "EUR", "late")])
    assert world.status(bought) == "paid"
    assert lei.sign_in().id
    assert world.paid()
