"""Which account numbers the keys of the journal stand for: a plan after the French one, or the Office's own.

The journal keeps the keys, so a plan can be changed afterwards; the exports of a year then use the new one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from shop.books.errors import AccountsMistaken

_NUMBER = re.compile(r"[0-9][0-9A-Z]{2,19}")


@dataclass(frozen=True)
class Account:
    """An account as the accountant knows it; its label is French, the language of the law it serves."""

    number: str
    label: str


# Whether these are the right ones is for the accountant to say: SHOP_ACCOUNTS names a file with others.
PLAN: dict[str, Account] = {
    "customer": Account("411000", "Clients"),
    "gateway:wechat_pay": Account("517100", "WeChat Pay"),
    "gateway:stripe": Account("517200", "Stripe"),
    "gateway:cash": Account("530000", "Caisse"),
    "gateway:free": Account("709000", "Gratuités accordées"),
    "revenue:FR_STD_20": Account("706020", "Prestations de services, TVA 20 %"),
    "revenue:FR_RED_10": Account("706010", "Prestations de services, TVA 10 %"),
    "revenue:EXEMPT": Account("706001", "Prestations de services exonérées"),
    "revenue:OUT_OF_SCOPE": Account("706000", "Prestations de services hors champ"),
    "vat:FR_STD_20": Account("445720", "TVA collectée 20 %"),
    "vat:FR_RED_10": Account("445710", "TVA collectée 10 %"),
    "fees": Account("627800", "Commissions sur encaissements"),
    "disputes": Account("467000", "Litiges de paiement en cours"),
    "losses": Account("654000", "Pertes sur créances irrécouvrables"),
}


def read_plan(file: Path | None) -> Mapping[str, Account]:
    """The plan of accounts: ours, with those of a YAML file (`key: {number, label}`) in place of their like.

    Raises:
        AccountsMistaken: the file cannot be read, or says something else.
    """
    if file is None:
        return PLAN
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AccountsMistaken(mistake=f"{file.name}: {type(error).__name__}") from None
    if not isinstance(told, dict):
        raise AccountsMistaken(mistake=f"{file.name}: key: {{number: …, label: …}}")
    return PLAN | {str(key): _account(str(key), entry) for key, entry in told.items()}


def account_of(plan: Mapping[str, Account], key: str) -> Account:
    """The account of a key; a gateway that the plan does not know has one named after it.

    An export that left lines out because of that would not balance.
    """
    return plan.get(key) or Account("511000", key)


def _account(key: str, entry: object) -> Account:
    if key not in PLAN and not key.startswith("gateway:"):
        raise AccountsMistaken(mistake=key)
    if not isinstance(entry, dict) or entry.keys() != {"number", "label"}:
        raise AccountsMistaken(mistake=f"{key}: number, label")
    number, label = str(entry["number"]), entry["label"]
    if not _NUMBER.fullmatch(number):
        raise AccountsMistaken(mistake=f"{key}: number {number}")
    if not isinstance(label, str) or not label.strip() or not label.isprintable():
        raise AccountsMistaken(mistake=f"{key}: label")
    return Account(number, label)
