"""The words of the pages at the door, in three languages."""

from shop.core.i18n import Text
from shop.door.errors import DateCancelled, NotAdmitted, NotOurTicket, TicketBlocked, TicketOfOtherDate, TicketUsed
from shop.orders.errors import TicketVoid

DOOR: dict[str, Text] = {
    "door": Text(fr="Entrée", zh="检票", en="Door"),
    "departures": Text(fr="Entrée : choisir un départ", zh="检票：选择场次", en="Door: choose a departure"),
    "no_departures": Text(
        fr="Aucun départ la veille, ce jour ni le lendemain.",
        zh="前后一天内没有场次。",
        en="No departures on this day, the one before or the one after.",
    ),
    "today": Text(fr="Aujourd’hui", zh="今天", en="Today"),
    "day": Text(fr="Jour", zh="日期", en="Day"),
    "show": Text(fr="Afficher", zh="显示", en="Show"),
    "here_of": Text(
        fr="Arrivés : {here} sur {people}", zh="已到 {here} 人／预计 {people} 人", en="{here} here of {people} expected"
    ),
    "check_in": Text(fr="Pointer", zh="检票", en="Check in"),
    "manifest": Text(fr="Liste des participants", zh="参加者名单", en="Manifest"),
    "pdf": Text(fr="À imprimer (PDF)", zh="打印版（PDF）", en="To print (PDF)"),
    "cancelled": Text(fr="annulé", zh="已取消", en="cancelled"),
    "date_cancelled": DateCancelled.detail,
    "not_today": Text(
        fr="Attention : ce départ n’est pas aujourd’hui.",
        zh="注意：此场次不在今天。",
        en="Careful: this departure is not today.",
    ),
    "connected": Text(fr="Connecté", zh="已联网", en="Connected"),
    "offline": Text(
        fr="Sans réseau : les pointages sont gardés sur ce téléphone.",
        zh="无网络：检票记录暂存于本手机。",
        en="No network: what you check in is kept on this phone.",
    ),
    "queued": Text(fr="En attente d’envoi : {count}", zh="{count} 条待上传", en="Waiting to be sent: {count}"),
    "merged": Text(fr="Pointages envoyés : {count}", zh="已上传 {count} 条检票记录", en="Check-ins sent: {count}"),
    "others_queue": Text(
        fr="Pointages d’un collègue en attente sur ce téléphone : {count}. Qu’il s’y reconnecte pour les envoyer.",
        zh="本手机上还有另一位同事的 {count} 条检票记录待上传：请其重新登录以上传。",
        en="Check-ins of a colleague waiting on this phone: {count}. They must sign in here to send them.",
    ),
    "sign_in_again": Text(
        fr="Votre session est terminée. Reconnectez-vous : les pointages gardés seront alors envoyés.",
        zh="会话已结束。请重新登录，暂存的检票记录随后会上传。",
        en="Your session has ended. Sign in again: what is kept will then be sent.",
    ),
    "sign_in": Text(fr="Se reconnecter", zh="重新登录", en="Sign in again"),
    "not_sent": Text(
        fr="La boutique refuse ce que ce téléphone envoie. Gardez la page ouverte et appelez un responsable.",
        zh="系统拒绝了本手机上传的内容。请保持页面打开并联系负责人。",
        en="The shop declines what this phone sends. Keep the page open and call a manager.",
    ),
    "not_kept": Text(
        fr="Ce téléphone ne peut rien garder : ne fermez pas cette page avant le retour du réseau.",
        zh="本手机无法保存记录：恢复网络前请勿关闭此页面。",
        en="This phone cannot keep anything: do not close this page before the network is back.",
    ),
    "scan": Text(fr="Scanner avec l’appareil photo", zh="用相机扫描", en="Scan with the camera"),
    "stop": Text(fr="Arrêter l’appareil photo", zh="停止扫描", en="Stop the camera"),
    "camera": Text(fr="Image de l’appareil photo", zh="相机画面", en="Camera picture"),
    "no_camera": Text(
        fr="L’appareil photo n’est pas accessible : autorisez-le, ou saisissez la référence.",
        zh="无法使用相机：请允许访问，或输入票号。",
        en="The camera cannot be used: allow it, or type the reference.",
    ),
    "no_detector": Text(
        fr="Ce navigateur ne sait pas lire les codes QR : saisissez la référence imprimée sous le code.",
        zh="此浏览器无法识别二维码：请输入二维码下方的票号。",
        en="This browser cannot read QR codes: type the reference printed under the code.",
    ),
    "entry": Text(fr="Code ou référence du billet", zh="门票编码或票号", en="Ticket’s code or reference"),
    "entry_help": Text(fr="Par exemple 482-193-0574/2", zh="例如 482-193-0574/2", en="For example 482-193-0574/2"),
    "admit": Text(fr="Laisser entrer", zh="放行", en="Let in"),
    "admit_one": Text(
        fr="Laisser entrer {unit}, {reference}", zh="放行 {unit} {reference}", en="Let in {unit}, {reference}"
    ),
    "admit_all": Text(fr="Tous ({count})", zh="全部（{count}）", en="All ({count})"),
    "admit_all_of": Text(
        fr="Laisser entrer tout le groupe de {who}",
        zh="放行 {who} 的所有同行者",
        en="Let in the whole party of {who}",
    ),
    "admit_rest": Text(
        fr="Laisser entrer le reste du groupe ({count})",
        zh="同行其余 {count} 人一并放行",
        en="Let in the rest of the party ({count})",
    ),
    "undo": Text(fr="Annuler l’entrée", zh="撤销", en="Undo"),
    "undo_one": Text(
        fr="Annuler l’entrée de {unit}, {reference}", zh="撤销 {unit} {reference}", en="Undo {unit}, {reference}"
    ),
    "list": Text(fr="Par nom", zh="按姓名", en="By name"),
    "find": Text(fr="Chercher un nom ou un numéro", zh="搜索姓名或订单号", en="Look for a name or number"),
    "nobody": Text(fr="Personne n’a de billet.", zh="暂无持票人。", en="Nobody has a ticket."),
    "list_changed": Text(
        fr="Des billets ont été vendus depuis : recharger la liste",
        zh="名单有更新：重新加载",
        en="Tickets were sold since: load the list again",
    ),
    "dismiss": Text(fr="Lu", zh="知道了", en="Noted"),
    "results": Text(fr="Dernier pointage", zh="最近一次检票", en="Last check-in"),
    "is_admitted": Text(fr="Entrée acceptée", zh="准许入场", en="Let in"),
    "is_refused": Text(fr="Ne pas laisser entrer", zh="不得入场", en="Do not let in"),
    "is_undone": Text(fr="Entrée annulée", zh="已撤销检票", en="Admission undone"),
    "is_withdrawn": Text(fr="Entrée en double retirée", zh="重复检票已撤回", en="Second admission withdrawn"),
    "is_double": Text(fr="Entré deux fois", zh="重复入场", en="Let in twice"),
    "is_unwarranted": Text(fr="Entré sans billet valable", zh="凭无效门票入场", en="Let in without a good ticket"),
    "double": Text(
        fr="Billet {reference} : une autre porte a laissé entrer quelqu’un avec le même billet. Le bureau est prévenu.",
        zh="门票 {reference}：另一处已用同一张门票放行。后台已收到通知。",
        en="Ticket {reference}: another door let somebody in with the same ticket. The office has been told.",
    ),
    "unwarranted": Text(
        fr="Billet {reference} : il n’était plus valable. Le bureau est prévenu. {why}",
        zh="门票 {reference}：当时已无效。后台已收到通知。{why}",
        en="Ticket {reference}: it was no longer good. The office has been told. {why}",
    ),
    "not_on_list": Text(
        fr="Le billet est bien signé par la boutique, mais la liste de ce téléphone ne le connaît pas encore.",
        zh="门票签名有效，但本手机的名单中尚无此票。",
        en="The ticket is signed by the shop, but the list on this phone does not know it yet.",
    ),
    "other_date_unknown": Text(
        fr="Ce billet est pour une autre date.", zh="此门票属于另一场次。", en="This ticket is for another date."
    ),
    "not_ours": NotOurTicket.detail,
    "used": TicketUsed.detail,
    "other_date": TicketOfOtherDate.detail,
    "blocked": TicketBlocked.detail,
    "void": TicketVoid.detail,
    "not_admitted": NotAdmitted.detail,
    "this_phone": Text(fr="ce téléphone", zh="本手机", en="this phone"),
    "party": Text(
        fr="{who} : {here} sur {people}", zh="{who}：已到 {here}／{people}", en="{who}: {here} of {people} here"
    ),
    "status_valid": Text(fr="attendu", zh="未到", en="expected"),
    "status_redeemed": Text(fr="arrivé à {at}, {by}", zh="{at} 已到（{by}）", en="here at {at}, {by}"),
    "status_pending": Text(
        fr="arrivé à {at}, pas encore envoyé", zh="{at} 已到，尚未上传", en="here at {at}, not sent yet"
    ),
    "status_blocked": Text(fr="bloqué", zh="已冻结", en="blocked"),
    "status_void": Text(fr="annulé", zh="已作废", en="cancelled"),
    "whole_party": Text(fr="Entrées acceptées : {count}.", zh="{count} 人已放行。", en="People let in: {count}."),
    "admitted": Text(fr="{unit}, {who}.", zh="{unit}，{who}。", en="{unit}, {who}."),
    "let_in": Text(
        fr="Entrée acceptée : {reference}, {unit}, {who}.",
        zh="准许入场：{reference}，{unit}，{who}。",
        en="Let in: {reference}, {unit}, {who}.",
    ),
    "undone": Text(
        fr="Entrée annulée : {reference}.", zh="已撤销检票：{reference}。", en="Admission undone: {reference}."
    ),
    "name": Text(fr="Nom", zh="姓名", en="Name"),
    "people": Text(fr="Personnes", zh="人员", en="People"),
    "phone": Text(fr="Téléphone", zh="电话", en="Phone"),
    "number": Text(fr="Commande", zh="订单", en="Order"),
    "speaks": Text(fr="Langue", zh="语言", en="Language"),
    "arrived": Text(fr="Arrivés", zh="已到", en="Here"),
    "notes": Text(fr="Notes", zh="备注", en="Notes"),
    "guide_language": Text(fr="visite en {language}", zh="讲解语言：{language}", en="tour in {language}"),
    "printed": Text(fr="État au {when}", zh="截至 {when}", en="As of {when}"),
    "page_of": Text(fr="Page {page}", zh="第 {page} 页", en="Page {page}"),
    "back_to_door": Text(fr="Pointer", zh="检票", en="Check in"),
    "kept_for_offline": Text(
        fr="Cette page reste utilisable sans réseau.",
        zh="本页可离线使用。",
        en="This page keeps working without network.",
    ),
}
