"""Why somebody is not let in, or an admission is not undone."""

from shop.core.errors import Conflict, Forbidden, NotFound
from shop.core.i18n import Text


class NotOurTicket(NotFound):
    """The code is not signed by this shop, or nobody has a ticket of this reference."""

    code = "not-our-ticket"
    detail = Text(
        fr="Ce n’est pas un billet de la boutique. Relisez la référence, ou cherchez le nom dans la liste.",
        zh="这不是本店的门票。请核对票号，或在名单中按姓名查找。",
        en="Not a ticket of this shop. Read the reference again, or look for the name in the list.",
    )


class TicketUsed(Conflict):
    """Somebody was let in with this ticket already."""

    code = "ticket-used"
    detail = Text(
        fr="Déjà utilisé à {at} par {by}.", zh="已于 {at} 由 {by} 检票使用。", en="Already used at {at} by {by}."
    )


class TicketOfOtherDate(Conflict):
    """The ticket is for another departure."""

    code = "ticket-of-other-date"
    detail = Text(
        fr="Ce billet est pour une autre date : {tour}, {when}.",
        zh="此门票属于另一场次：{tour}，{when}。",
        en="This ticket is for another date: {tour}, {when}.",
    )


class TicketBlocked(Conflict):
    """The payment of the ticket is disputed by the buyer's bank."""

    code = "ticket-blocked"
    detail = Text(
        fr="Billet bloqué : la banque de l’acheteur conteste le paiement. Appelez un responsable.",
        zh="门票已冻结：买家的银行对付款提出争议。请联系负责人。",
        en="Ticket blocked: the buyer’s bank disputes the payment. Call a manager.",
    )


class DateCancelled(Conflict):
    """The Office has cancelled the departure."""

    code = "ticket-of-cancelled-date"
    detail = Text(
        fr="Cette date est annulée : personne n’entre, l’argent est rendu.",
        zh="该场次已取消：不再检票入场，款项将退还。",
        en="This date is cancelled: nobody is let in, the money goes back.",
    )


class NotAdmitted(Conflict):
    """There is no admission to undo."""

    code = "not-admitted"
    detail = Text(
        fr="Ce billet n’est pas pointé : rien à annuler.",
        zh="此门票尚未检票，无需撤销。",
        en="Nobody was let in with this ticket: nothing to undo.",
    )


class UndoTooLate(Conflict):
    """The admission is older than a quarter of an hour."""

    code = "undo-too-late"
    detail = Text(
        fr="Trop tard : une entrée s’annule dans les {minutes} minutes.",
        zh="已超时：检票仅可在 {minutes} 分钟内撤销。",
        en="Too late: an admission can be undone within {minutes} minutes.",
    )


class AdmittedBySomebodyElse(Forbidden):
    """A colleague let them in; they or a manager can undo it."""

    code = "admitted-by-somebody-else"
    detail = Text(
        fr="C’est {by} qui a pointé cette entrée ; seule cette personne ou un responsable peut l’annuler.",
        zh="该检票由 {by} 完成，只有其本人或负责人可以撤销。",
        en="{by} let them in; only they or a manager can undo it.",
    )


class ActReused(Conflict):
    """A device has given one name to two acts."""

    code = "act-reused"
    detail = Text(
        fr="Cet appareil a donné deux fois le même numéro à un pointage. Recommencez-le.",
        zh="设备对两次检票使用了相同编号。请重新操作。",
        en="This device has given two acts the same number. Repeat it.",
    )
