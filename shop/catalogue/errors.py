"""Refusals of the catalogue."""

from shop.core.errors import Invalid, NotFound
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
