"""The words of the calendar and of the departures' pages."""

from shop.core.i18n import Text

CALENDAR: dict[str, Text] = {
    "calendar": Text(fr="Calendrier", zh="日历", en="Calendar"),
    "month": Text(fr="Mois", zh="月", en="Month"),
    "week": Text(fr="Semaine", zh="周", en="Week"),
    "day": Text(fr="Jour", zh="日", en="Day"),
    "view": Text(fr="Affichage", zh="视图", en="View"),
    "earlier": Text(fr="Période précédente", zh="上一页", en="Earlier"),
    "later": Text(fr="Période suivante", zh="下一页", en="Later"),
    "now": Text(fr="Aujourd’hui", zh="今天", en="Today"),
    "go_to": Text(fr="Aller au", zh="跳转到", en="Go to"),
    "tour": Text(fr="Visite", zh="游览", en="Tour"),
    "guide": Text(fr="Guide", zh="导游", en="Guide"),
    "speaks": Text(fr="Langue de la visite", zh="讲解语言", en="Language of the tour"),
    "every_tour": Text(fr="Toutes les visites", zh="全部游览", en="All tours"),
    "every_guide": Text(fr="Tous les guides", zh="全部导游", en="All guides"),
    "every_language": Text(fr="Toutes les langues", zh="全部语言", en="All languages"),
    "without_guide": Text(fr="Sans guide", zh="无导游", en="Without a guide"),
    "show": Text(fr="Afficher", zh="显示", en="Show"),
    "filters": Text(fr="Filtres", zh="筛选", en="Filters"),
    "nothing": Text(fr="Aucun départ dans cette période.", zh="此期间没有场次。", en="No departure in this time."),
    "nothing_yours": Text(
        fr="Aucun départ ne vous est confié dans cette période.",
        zh="此期间没有分配给您的场次。",
        en="No departure is yours in this time.",
    ),
    "too_many": Text(
        fr="Tous les départs ne tiennent pas sur cette page : filtrez, ou choisissez une période plus courte.",
        zh="场次过多，无法全部显示：请筛选或缩短时段。",
        en="Not all departures fit on this page: filter, or choose a shorter time.",
    ),
    "others": Text(fr="encore {count}", zh="另有 {count} 场", en="{count} more"),
    "legend": Text(
        fr="Les chiffres : places prises + bloquées / capacité.",
        zh="数字含义：已占座位 + 保留座位 / 容量。",
        en="The numbers: seats taken + blocked / capacity.",
    ),
    "seats": Text(
        fr="{taken} places prises, {blocked} bloquées, capacité {capacity}",
        zh="已占 {taken} 个座位，保留 {blocked} 个，容量 {capacity}",
        en="{taken} seats taken, {blocked} blocked, capacity {capacity}",
    ),
    "open": Text(fr="en vente", zh="销售中", en="on sale"),
    "closed": Text(fr="vente fermée", zh="停售", en="sales closed"),
    "cancelled": Text(fr="annulé", zh="已取消", en="cancelled"),
    "sold_out": Text(fr="complet", zh="满员", en="full"),
    "overlaps": Text(fr="guide pris ailleurs", zh="导游时间冲突", en="guide elsewhere"),
    "unspoken": Text(fr="langue du guide", zh="导游语言不符", en="guide’s language"),
    "under": Text(fr="sous le minimum", zh="未达最低人数", en="under the minimum"),
    "choose": Text(fr="Choisir {what}", zh="选择 {what}", en="Choose {what}"),
    "close_sales": Text(fr="Fermer la vente", zh="停止销售", en="Close sales"),
    "open_sales": Text(fr="Ouvrir la vente", zh="开放销售", en="Open sales"),
    "chosen": Text(fr="Départs cochés :", zh="已勾选的场次：", en="Departures ticked:"),
    "sales_done": Text(
        fr="Vente modifiée pour {count} départ(s).",
        zh="已更改 {count} 个场次的销售状态。",
        en="{count} departure(s) changed.",
    ),
    "new": Text(fr="Nouveaux départs", zh="新建场次", en="New departures"),
    "guides": Text(fr="Guides", zh="导游", en="Guides"),
    "minimums": Text(fr="Minimums", zh="最低人数", en="Minimums"),
}

NEW: dict[str, Text] = {
    "first_day": Text(fr="Date (la première d’une série)", zh="日期（系列的首日）", en="Date (the first of a series)"),
    "time": Text(fr="Heure", zh="时间", en="Time"),
    "capacity": Text(fr="Capacité (places)", zh="容量（座位）", en="Capacity (seats)"),
    "no_guide": Text(fr="Pas encore de guide", zh="暂无导游", en="No guide yet"),
    "repeat": Text(fr="Répéter chaque semaine", zh="每周重复", en="Repeat weekly"),
    "on_days": Text(fr="Les jours", zh="星期", en="On these days"),
    "every": Text(fr="Toutes les … semaines", zh="每几周一次", en="Every … weeks"),
    "count": Text(fr="Nombre de dates", zh="次数", en="How many dates"),
    "until": Text(fr="Ou jusqu’au", zh="或截至", en="Or until"),
    "ends_help": Text(
        fr="L’un des deux. Les dates exclues comptent dans le nombre.",
        zh="二选一。被排除的日期计入次数。",
        en="One of the two. Dates that are left out count.",
    ),
    "without_holidays": Text(
        fr="Sauf les jours fériés français", zh="排除法国法定假日", en="Except French public holidays"
    ),
    "days_off": Text(fr="Sauf ces dates", zh="排除以下日期", en="Except these dates"),
    "days_off_help": Text(
        fr="Comme 2027-05-07, séparées par un espace.",
        zh="例如 2027-05-07，以空格分隔。",
        en="Such as 2027-05-07, with a blank between.",
    ),
    "preview": Text(fr="Ce qui sera créé", zh="将创建的场次", en="What will be made"),
    "preview_count": Text(
        fr="{count} départ(s) à créer", zh="将创建 {count} 个场次", en="{count} departure(s) to make"
    ),
    "preview_waits": Text(
        fr="Remplissez le formulaire : les dates apparaissent ici.",
        zh="填写表单后，日期将显示在此处。",
        en="Fill in the form: the dates appear here.",
    ),
    "past": Text(fr="passée", zh="已过去", en="past"),
    "holiday": Text(fr="férié : {what}", zh="假日：{what}", en="holiday: {what}"),
    "day_off": Text(fr="exclue", zh="已排除", en="left out"),
    "exists": Text(fr="existe déjà", zh="已存在", en="exists already"),
    "no_time": Text(fr="heure inexistante (heure d’été)", zh="该时间不存在（夏令时）", en="no such time (summer time)"),
    "create": Text(fr="Créer", zh="创建", en="Create"),
    "created": Text(fr="{count} départ(s) créé(s).", zh="已创建 {count} 个场次。", en="{count} departure(s) made."),
    "MO": Text(fr="lundi", zh="星期一", en="Monday"),
    "TU": Text(fr="mardi", zh="星期二", en="Tuesday"),
    "WE": Text(fr="mercredi", zh="星期三", en="Wednesday"),
    "TH": Text(fr="jeudi", zh="星期四", en="Thursday"),
    "FR": Text(fr="vendredi", zh="星期五", en="Friday"),
    "SA": Text(fr="samedi", zh="星期六", en="Saturday"),
    "SU": Text(fr="dimanche", zh="星期日", en="Sunday"),
}

DEPARTURE: dict[str, Text] = {
    "edit": Text(fr="Modifier", zh="修改", en="Change"),
    "edit_title": Text(fr="Modifier le départ", zh="修改场次", en="Change the departure"),
    "changed": Text(
        fr="{count} départ(s) modifié(s).", zh="已修改 {count} 个场次。", en="{count} departure(s) changed."
    ),
    "starts": Text(fr="Début", zh="开始", en="Start"),
    "ends": Text(fr="Fin", zh="结束", en="End"),
    "state": Text(fr="État", zh="状态", en="State"),
    "seats_title": Text(fr="Places", zh="座位", en="Seats"),
    "left": Text(fr="{count} libres", zh="剩余 {count} 个", en="{count} left"),
    "nobody": Text(fr="personne", zh="无", en="nobody"),
    "series": Text(fr="Série", zh="系列", en="Series"),
    "series_count": Text(
        fr="{count} départ(s) à venir dans cette série",
        zh="该系列还有 {count} 个场次",
        en="{count} departure(s) to come in this series",
    ),
    "elsewhere": Text(
        fr="Le guide a aussi, au même moment :", zh="该导游同一时间还有：", en="The guide also has, at the same time:"
    ),
    "not_spoken": Text(
        fr="Le guide ne guide pas dans cette langue ({language}).",
        zh="该导游不讲此语言（{language}）。",
        en="The guide does not guide in this language ({language}).",
    ),
    "minimum": Text(fr="Minimum", zh="最低人数", en="Minimum"),
    "minimum_says": Text(
        fr="{least} places au moins le {at}, sinon le départ est annulé et remboursé de lui-même.",
        zh="截至 {at} 至少 {least} 个座位，否则自动取消并退款。",
        en="At least {least} seats by {at}, or the departure is cancelled and refunded by itself.",
    ),
    "minimum_missed": Text(
        fr="Minimum de {least} places, fixé après son échéance ({at}) : à vous de décider.",
        zh="最低 {least} 个座位，但在期限（{at}）之后才设定：请自行决定。",
        en="A minimum of {least} seats, said after its deadline ({at}): it is for you to decide.",
    ),
    "minimum_none": Text(fr="aucun", zh="无", en="none"),
    "assured": Text(
        fr="Confirmé : le minimum était atteint.", zh="已确认：达到最低人数。", en="Confirmed: the minimum was reached."
    ),
    "because_minimum": Text(
        fr="Annulé de lui-même : le minimum n’était pas atteint.",
        zh="已自动取消：未达到最低人数。",
        en="Cancelled by itself: the minimum was not reached.",
    ),
    "because": Text(fr="Annulé par {who}.", zh="由 {who} 取消。", en="Cancelled by {who}."),
    "reason": Text(fr="Motif : {reason}", zh="原因：{reason}", en="Reason: {reason}"),
    "prices": Text(fr="Prix", zh="价格", en="Prices"),
    "price_own": Text(
        fr="{price} (au lieu de {usual})", zh="{price}（原价 {usual}）", en="{price} (instead of {usual})"
    ),
    "price_help": Text(
        fr="Vide : le prix de la visite, {usual}.",
        zh="留空则为游览价格 {usual}。",
        en="Empty: the tour’s price, {usual}.",
    ),
    "blocks": Text(fr="Places bloquées", zh="保留座位", en="Blocked seats"),
    "no_blocks": Text(fr="Aucune place n’est bloquée.", zh="没有保留座位。", en="No seats are blocked."),
    "block": Text(fr="Bloquer", zh="保留", en="Block"),
    "block_title": Text(
        fr="Bloquer des places pour un groupe ou un partenaire",
        zh="为团体或合作伙伴保留座位",
        en="Block seats for a group or partner",
    ),
    "holder": Text(fr="Groupe ou partenaire", zh="团体或合作伙伴", en="Group or partner"),
    "holder_help": Text(
        fr="Un nom d’organisme ; pas de numéro de téléphone.",
        zh="填写机构名称，不要填电话号码。",
        en="The name of an organisation; no phone number.",
    ),
    "block_seats": Text(fr="Nombre de places", zh="座位数", en="Seats"),
    "block_until": Text(
        fr="Libérées d’elles-mêmes le (facultatif)",
        zh="自动释放时间（选填）",
        en="Released by themselves on (optional)",
    ),
    "block_says": Text(fr="{seats} places – {holder}", zh="{seats} 个座位 – {holder}", en="{seats} seats – {holder}"),
    "block_until_says": Text(
        fr="libérées d’elles-mêmes le {at}", zh="{at} 自动释放", en="released by themselves on {at}"
    ),
    "block_for_good": Text(fr="jusqu’à ce qu’on les libère", zh="直到人工释放", en="until somebody releases them"),
    "block_by": Text(fr="bloquées par {who}", zh="由 {who} 保留", en="blocked by {who}"),
    "until_wrong": Text(
        fr="Un moment à venir, au plus tard le début du départ.",
        zh="应为将来的时间，且不晚于出发时间。",
        en="A moment to come, at the latest the start of the departure.",
    ),
    "release": Text(fr="Libérer", zh="释放", en="Release"),
    "release_of": Text(
        fr="Libérer les places de {holder}", zh="释放 {holder} 的座位", en="Release the seats of {holder}"
    ),
    "blocked_done": Text(fr="Places bloquées.", zh="座位已保留。", en="Seats blocked."),
    "released_done": Text(fr="Places remises en vente.", zh="座位已重新开放销售。", en="Seats are on sale again."),
    "minimum_seats": Text(fr="Minimum de places", zh="最低座位数", en="Minimum of seats"),
    "minimum_hours": Text(
        fr="Délai avant le départ (heures)", zh="出发前期限（小时）", en="Deadline before the start (hours)"
    ),
    "minimum_own_help": Text(
        fr="Vide : comme la visite ({usual}). 0 : aucun minimum pour ce départ.",
        zh="留空则同游览（{usual}）。填 0 表示此场次无最低人数。",
        en="Empty: as the tour has it ({usual}). 0: no minimum here.",
    ),
    "minimum_usual": Text(
        fr="{seats} places, {hours} h avant",
        zh="{seats} 个座位，提前 {hours} 小时",
        en="{seats} seats, {hours} h before",
    ),
    "scope": Text(fr="Modifier", zh="修改范围", en="Change"),
    "scope_one": Text(fr="ce départ seulement", zh="仅此场次", en="this departure only"),
    "scope_following": Text(
        fr="celui-ci et les suivants de la série", zh="此场次及系列后续场次", en="this and the following of the series"
    ),
    "scope_all": Text(fr="tous ceux de la série à venir", zh="系列中所有未开始的场次", en="all of the series to come"),
    "scope_help": Text(
        fr="Seul ce que vous changez ici est changé dans les autres.",
        zh="只有您在此更改的内容会应用到其他场次。",
        en="Only what you change here is changed in the others.",
    ),
}

GUIDES: dict[str, Text] = {
    "guides_intro": Text(
        fr="Cochez les langues dans lesquelles chacun guide. Les guides sont les collègues qui ont ce rôle.",
        zh="勾选每位导游的讲解语言。导游即拥有该角色的同事。",
        en="Tick the languages each one guides in. Guides are the colleagues with that role.",
    ),
    "languages_of": Text(fr="Langues de {what}", zh="{what} 的语言", en="Languages of {what}"),
    "languages_done": Text(
        fr="Langues de {name} enregistrées.", zh="已保存 {name} 的语言。", en="Languages of {name} saved."
    ),
    "no_guides": Text(
        fr="Aucun collègue n’a le rôle de guide.", zh="没有导游角色的同事。", en="No colleague has the role of a guide."
    ),
}

MINIMUMS: dict[str, Text] = {
    "minimums_intro": Text(
        fr="Si, à l’échéance, moins de places sont prises ou bloquées, le départ est annulé de lui-même et tout le "
        "monde est remboursé ; sinon il est confirmé. Vous êtes prévenus un jour avant.",
        zh="到期时若已占和保留的座位不足，场次将自动取消并全额退款；否则确认出发。系统会提前一天提醒。",
        en="If fewer seats are taken or blocked at the deadline, the departure is cancelled by itself and everybody is "
        "refunded; else it is confirmed. You are told a day before.",
    ),
    "minimum_of": Text(fr="Minimum : {what}", zh="最低人数：{what}", en="Minimum: {what}"),
    "minimum_done": Text(fr="Minimum enregistré.", zh="已保存最低人数。", en="Minimum saved."),
}
