"""Machines whose clocks do not agree to the second."""


def test_a_worker_whose_clock_is_ahead_does_not_end_an_order_that_is_being_paid_anew(world):
    order, _, number = world.opened()
    ends = world.stored(order).expires_at
    watched = world.watch()
    opened = []

    def meanwhile(_call, asked):
        if asked == number and not opened:
            opened.append(None)
            world.go_to(ends, seconds=-4)  # the web machine's clock
            opened.append(world.mei.payment(order["id"])["status"])
            world.go_to(ends, seconds=1)  # the worker's

    watched.before = meanwhile
    world.go_to(ends, seconds=1)
    world.sweep()

    assert opened == [None, "pending"]
    assert world.status(order) == "pending"
    assert world.seats_taken(order) > 0


def test_a_payment_for_a_departure_that_was_cancelled_goes_back(world):
    order, _, number = world.opened()
    world.sql("UPDATE departures SET status = 'cancelled'")

    world.arrive(number)

    assert world.status(order) == "pending"
    assert [reason for _, _, reason in world.refunds(order)] != []
    world.later(minutes=20)
    world.sweep()
    assert world.status(order) == "expired"
    assert world.seats_taken(order) == 0
