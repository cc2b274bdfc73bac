"""Refusals of the books."""

from shop.core.errors import Invalid, NotFound
from shop.core.i18n import Text


class DocumentNotFound(NotFound):
    """No receipt or credit note has this code."""

    code = "document-not-found"
    detail = Text(fr="Ce document n’existe pas.", zh="没有这份单据。", en="There is no such document.")


class AccountsMistaken(Invalid):
    """The file of account numbers cannot be used."""

    code = "accounts-mistaken"
    detail = Text(
        fr="Le fichier des comptes n’est pas valable : {mistake}.",
        zh="科目文件无效：{mistake}。",
        en="The file of accounts is not valid: {mistake}.",
    )
