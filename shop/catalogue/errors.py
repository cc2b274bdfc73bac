"""Refusals of the catalogue."""

from shop.core.errors import Conflict, Invalid, NotFound
from shop.core.i18n import Text


class TourNotFound(NotFound):
    """No published tour has this name."""

    code = "tour-not-found"
    detail = Text(fr="Cette visite n’existe pas.", zh="没有这个游览项目。", en="There is no such tour.")


class DepartureNotFound(NotFound):
    """No published departure has this id."""

    code = "departure-not-found"
    detail = Text(fr="Cette date n’existe pas.", zh="没有这个场次。", en="There is no such departure.")


class ImageNotFound(NotFound):
    """No picture has this name."""

    code = "image-not-found"
    detail = Text(fr="Cette image n’existe pas.", zh="没有这张图片。", en="There is no such picture.")


class CatalogueMistaken(Invalid):
    """A catalogue file cannot be imported; `mistakes` says where and why, and nothing of it was kept."""

    code = "catalogue-mistaken"
    detail = Text(
        fr="Le fichier de catalogue contient des erreurs ; rien n’a été importé.",
        zh="目录文件有错误，未导入任何内容。",
        en="The catalogue file has mistakes; nothing of it was imported.",
    )


class VersionNotFound(NotFound):
    """The tour has no version of this number."""

    code = "version-not-found"
    detail = Text(fr="Cette version n’existe pas.", zh="没有这个版本。", en="There is no such version.")


class UploadNotFound(NotFound):
    """The file sent is gone: imported already, replaced, or older than a day."""

    code = "upload-not-found"
    detail = Text(
        fr="Ce fichier n’est plus là : il a déjà été importé, remplacé, ou il a plus d’un jour. Envoyez-le de nouveau.",
        zh="该文件已不存在：可能已导入、被替换或超过一天。请重新上传。",
        en="This file is no longer here: it was imported already, replaced, or is more than a day old. Send it again.",
    )


class SlugTaken(Conflict):
    """Another tour has this name in addresses."""

    code = "slug-taken"
    detail = Text(
        fr="Une autre visite porte déjà ce nom d’adresse.",
        zh="该网址名称已被另一个游览项目使用。",
        en="Another tour has this name in addresses already.",
    )


class TourChanged(Conflict):
    """Somebody else changed the tour since it was read."""

    code = "tour-changed"
    detail = Text(
        fr="Entre-temps, {who} a modifié cette visite. Rien n’a été enregistré : comparez, puis réessayez.",
        zh="在此期间，{who} 修改了该游览项目。尚未保存：请比较后再次保存。",
        en="Meanwhile {who} changed this tour. Nothing was saved: compare, then save again.",
    )


class UnitSold(Conflict):
    """A unit that was sold keeps its meaning and stays."""

    code = "unit-sold"
    detail = Text(
        fr="Le tarif « {unit} » a déjà été vendu : il ne peut ni changer de sens ({fields}) ni disparaître. "
        "Réservations : {bookings}",
        zh="票种“{unit}”已售出，不能更改含义（{fields}）或删除。预订：{bookings}",
        en="The unit “{unit}” was already sold: it can neither change its meaning ({fields}) nor go. "
        "Bookings: {bookings}",
    )


class TourIncomplete(Invalid):
    """The tour lacks what a published one must have; `missing` names it."""

    code = "tour-incomplete"
    detail = Text(
        fr="Il manque ce qu’une visite en vente doit avoir ; rien n’a été changé.",
        zh="缺少发售所需的内容；未作任何更改。",
        en="What a tour on sale must have is missing; nothing was changed.",
    )


class PictureUnfit(Invalid):
    """What was sent is not a picture the shop can show."""

    code = "picture-unfit"
    detail = Text(
        fr="Cette image n’est pas admise. PNG, JPEG, WebP ou SVG simple ; 8 Mo et 40 millions de points au plus ; un "
        "SVG sans scripts, styles, animations ni références extérieures, de 500 ko au plus.",
        zh="图片不符合要求。请使用 PNG、JPEG、WebP 或纯 SVG；不超过 8 MB、4000 万像素；SVG 不得含脚本、样式表、"
        "动画或外部引用，且不超过 500 KB。",
        en="This picture is not admitted. PNG, JPEG, WebP or plain SVG; 8 MB and 40 million points at most; an SVG "
        "without scripts, style sheets, animations or outside references, of 500 kB at most.",
    )


class PictureMissing(Invalid):
    """Words for a picture were sent, and there is no picture."""

    code = "picture-missing"
    detail = Text(fr="Choisissez une image.", zh="请选择一张图片。", en="Choose a picture.")


class ArchiveUnfit(Invalid):
    """What was sent is neither a YAML file nor a ZIP archive that holds one with its pictures."""

    code = "archive-unfit"
    detail = Text(
        fr="Un fichier YAML est attendu, ou une archive ZIP qui contient un seul fichier YAML et, à côté de lui, ses "
        "images : 600 fichiers et 60 Mo au plus, sans mot de passe ni chemins étrangers.",
        zh="应为一个 YAML 文件，或一个 ZIP 压缩包：内含一个 YAML 文件及同一文件夹中的图片，最多 600 个文件、60 MB，"
        "不得加密或含有异常路径。",
        en="A YAML file is expected, or a ZIP archive that holds one YAML file and, beside it, its pictures: 600 files "
        "and 60 MB at most, without a password or foreign paths.",
    )


class DepartureExists(Conflict):
    """The tour has a departure at that start in that language already."""

    code = "departure-exists"
    detail = Text(
        fr="Il y a déjà un départ de cette visite à cette heure et dans cette langue.",
        zh="该游览在此时间和语言下已有场次。",
        en="There is a departure of this tour at that hour and in that language already.",
    )


class CapacityTaken(Conflict):
    """A capacity under what is taken or kept aside; `places` says where, and by which bookings."""

    code = "capacity-taken"
    detail = Text(
        fr="La capacité ne peut pas être inférieure aux places prises ou bloquées. {places}",
        zh="容量不能低于已占用或保留的座位数。{places}",
        en="The capacity cannot be under the seats taken or blocked. {places}",
    )


class DepartureBooked(Conflict):
    """Hour and language stay while somebody has seats; `places` says where, and by which bookings."""

    code = "departure-booked"
    detail = Text(
        fr="L’heure et la langue ne changent pas tant que des places sont prises : déplacez la date, pour que les "
        "personnes soient prévenues. {places}",
        zh="已有座位被占用时不能更改时间和语言：请使用“改期”，以便通知相关人员。{places}",
        en="Hour and language do not change while seats are taken: move the date, so that people are told. {places}",
    )


class DepartureOver(Conflict):
    """It was cancelled, or has started."""

    code = "departure-over"
    detail = Text(
        fr="Ce départ est annulé ou a déjà commencé : il ne change plus.",
        zh="该场次已取消或已开始，不能再更改。",
        en="This departure is cancelled or has started: it changes no more.",
    )


class DepartureChanged(Conflict):
    """Somebody else changed it since the page was opened."""

    code = "departure-changed"
    detail = Text(
        fr="Quelqu’un a modifié ce départ entre-temps. Rien n’a été enregistré ; rouvrez la page.",
        zh="该场次已被他人修改。尚未保存；请重新打开页面。",
        en="Somebody has changed this departure meanwhile. Nothing was saved; open the page again.",
    )


class NoRoomToBlock(Conflict):
    """Fewer seats are free than were to be kept aside."""

    code = "no-room-to-block"
    detail = Text(
        fr="Il ne reste pas assez de places à bloquer (places libres : {seats_left}).",
        zh="剩余座位不足，无法保留（剩余：{seats_left}）。",
        en="There are not enough seats left to block (seats left: {seats_left}).",
    )


class BlockNotFound(NotFound):
    """These seats are not kept aside, or no longer."""

    code = "block-not-found"
    detail = Text(
        fr="Ce blocage n’existe pas ou est déjà terminé.",
        zh="该保留不存在或已结束。",
        en="There is no such block, or it has ended already.",
    )


class NoDates(Invalid):
    """No date is left to be made."""

    code = "no-dates"
    detail = Text(
        fr="Il ne reste aucune date à créer : toutes sont passées, fériées, exclues ou existent déjà.",
        zh="没有可创建的日期：均已过去、为假日、被排除或已存在。",
        en="No date is left to be made: all are past, holidays, left out, or exist already.",
    )


class NotAGuide(Invalid):
    """The guide is no guide of the house, or no longer."""

    code = "not-a-guide"
    detail = Text(
        fr="Cette personne n’est pas un guide en activité.",
        zh="此人不是在职导游。",
        en="This person is not an active guide.",
    )


class NoSuchTime(Invalid):
    """The clocks skip that time."""

    code = "no-such-time"
    detail = Text(
        fr="Cette heure n’existe pas : les horloges passent à l’heure d’été ({when}).",
        zh="该时间不存在：当时切换到夏令时（{when}）。",
        en="There is no such time: the clocks change to summer time ({when}).",
    )


class MinimumIncomplete(Invalid):
    """A minimum is so many people so many hours before the start: both, or none."""

    code = "minimum-incomplete"
    detail = Text(
        fr="Un minimum se donne avec son délai en heures, et tient dans la capacité.",
        zh="最低人数须同时给出期限（小时），且不超过容量。",
        en="A minimum comes with its deadline in hours, and fits the capacity.",
    )


class DatesNotPossible(Invalid):
    """The rule gives no dates, or too many."""

    code = "dates-not-possible"
    detail = Text(
        fr="La règle doit donner de 1 à 500 dates.",
        zh="规则应产生 1 至 500 个日期。",
        en="The rule must give from 1 to 500 dates.",
    )


class NothingChosen(Invalid):
    """No departure was chosen."""

    code = "nothing-chosen"
    detail = Text(
        fr="Choisissez au moins un départ (200 au plus).",
        zh="请至少选择一个场次（最多 200 个）。",
        en="Choose at least one departure (200 at most).",
    )
