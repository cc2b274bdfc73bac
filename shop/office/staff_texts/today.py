"""The words of the pages across domains, in three languages."""

from shop.core.i18n import Text

TODAY: dict[str, Text] = {
    "today": Text(fr="Aujourd’hui", zh="今日", en="Today"),
    "tomorrow": Text(fr="Demain", zh="明日", en="Tomorrow"),
    "decisions": Text(fr="À décider", zh="待处理", en="To decide"),
    "nothing_to_decide": Text(
        fr="Rien n’attend de décision.", zh="没有待处理事项。", en="Nothing waits for a decision."
    ),
    "more_decisions": Text(
        fr="Tout afficher ({count} de plus)", zh="显示全部（还有 {count} 项）", en="Show all ({count} more)"
    ),
    "departures": Text(fr="Départs", zh="场次", en="Departures"),
    "no_departures": Text(
        fr="Aucun départ d’ici trois jours.", zh="三天内没有场次。", en="No departures within three days."
    ),
    "seats": Text(
        fr="{taken} places prises sur {capacity}",
        zh="已占 {taken}／共 {capacity} 个名额",
        en="{taken} of {capacity} seats taken",
    ),
    "people": Text(
        fr="{people} personnes attendues, {arrived} arrivées",
        zh="预计 {people} 人，已到 {arrived} 人",
        en="{people} people expected, {arrived} here",
    ),
    "held": Text(fr="{seats} places en cours de paiement", zh="{seats} 个名额待付款", en="{seats} seats being paid"),
    "open": Text(fr="ouvert", zh="开放", en="open"),
    "closed": Text(fr="fermé à la vente", zh="停售", en="closed"),
    "cancelled": Text(fr="annulé", zh="已取消", en="cancelled"),
    "guide": Text(fr="guide : {name}", zh="导游：{name}", en="guide: {name}"),
    "without_guide": Text(fr="sans guide", zh="未安排导游", en="no guide"),
    "under_minimum": Text(
        fr="minimum non atteint ({least})", zh="未达最低人数（{least}）", en="under its minimum ({least})"
    ),
    "nothing_today": Text(fr="Aucun départ.", zh="没有场次。", en="No departures."),
    "since": Text(fr="depuis {age}", zh="已 {age}", en="for {age}"),
    "times": Text(fr="signalé {times} fois", zh="已提示 {times} 次", en="told {times} times"),
}
