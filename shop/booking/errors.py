"""Refusals of the booking domain."""

from shop.core.errors import Conflict, Invalid, NotFound, TooMany
from shop.core.i18n import Text


class SoldOut(Conflict):
    """Fewer seats are left than were asked for; `alternatives` are other departures with room for the party."""

    code = "sold-out"
    detail = Text(
        fr="Il n’y a plus assez de places à cette date (places restantes : {seats_left}).",
        zh="该场次余位不足（剩余座位：{seats_left}）。",
        en="There are not enough seats left at this departure (seats left: {seats_left}).",
    )


class DepartureClosed(Conflict):
    """The departure is closed or cancelled, or its cutoff has passed."""

    code = "departure-closed"
    detail = Text(
        fr="Cette date n’est pas ou plus ouverte à la réservation.",
        zh="该场次不可预订或已停止预订。",
        en="This departure cannot be booked, or no longer.",
    )


class UnknownUnit(Invalid):
    """The tour has no unit of this code."""

    code = "unknown-unit"
    detail = Text(
        fr="Cette visite n’a pas de tarif « {unit} ».",
        zh="该游览项目没有“{unit}”票种。",
        en="This tour has no unit “{unit}”.",
    )


class PartySize(Invalid):
    """The party takes fewer or more seats than the tour admits in one booking."""

    code = "party-size"
    detail = Text(
        fr="Une réservation compte de {min_party} à {max_party} places ; vous en demandez {seats}.",
        zh="每次预订须为 {min_party} 至 {max_party} 个座位；您选择了 {seats} 个。",
        en="A booking has from {min_party} to {max_party} seats; you ask for {seats}.",
    )


class TooManyHolds(TooMany):
    """The customer holds as many unpaid bookings as they may."""

    code = "too-many-holds"
    detail = Text(
        fr="Vous avez déjà {limit} réservations non payées ; payez-les ou libérez-les d’abord.",
        zh="您已有 {limit} 个未付款的预订，请先付款或释放。",
        en="You already have {limit} unpaid bookings; pay for them or let them go first.",
    )


class BookingNotFound(NotFound):
    """The customer has no booking of this id."""

    code = "booking-not-found"
    detail = Text(fr="Cette réservation n’existe pas.", zh="没有这个预订。", en="There is no such booking.")


class BookingOrdered(Conflict):
    """The booking is in an order already."""

    code = "booking-ordered"
    detail = Text(
        fr="Cette réservation fait déjà partie d’une commande.",
        zh="该预订已包含在订单中。",
        en="This booking is already part of an order.",
    )


class BookingExpired(Conflict):
    """The booking is no longer held: its time ran out, or it was let go."""

    code = "booking-expired"
    detail = Text(
        fr="Les places ne sont plus retenues. Réservez à nouveau.",
        zh="座位已不再保留，请重新预订。",
        en="The seats are no longer held. Please book again.",
    )


class BookingNotMovable(Conflict):
    """Only a booking that was paid for, and not cancelled, can be moved to another date."""

    code = "booking-not-movable"
    detail = Text(
        fr="Seule une réservation payée et non annulée peut changer de date.",
        zh="只有已付款且未取消的预订才能更改场次。",
        en="Only a booking that is paid for and not cancelled can change its date.",
    )


class OtherTour(Invalid):
    """The departure is one of another tour."""

    code = "other-tour"
    detail = Text(
        fr="Cette date est celle d’une autre visite ; choisissez une date de la même visite.",
        zh="该场次属于其他游览项目；请选择同一项目的场次。",
        en="This date is of another tour; choose a date of the same tour.",
    )
