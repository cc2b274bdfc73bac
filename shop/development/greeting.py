"""What `make run` says on the terminal, in French, Chinese and English."""

from collections.abc import Mapping

TITLE = "Insolite"
BUSY_HELP = "PORT=8010 make run"


def preparing(logs: str) -> str:
    """The line shown while everything starts."""
    return f"{TITLE} : préparation… · 正在准备… · getting ready…  ({logs})"


def ready(addresses: Mapping[str, str], logs: str) -> str:
    """Where everything is and what to try first."""
    shop, wechat = addresses["shop"], addresses.get("wechat")
    phone = f"  {wechat}/phone".ljust(42) + "le téléphone simulé · 模拟手机 · the simulated phone\n" if wechat else ""
    return (
        f"\n{TITLE}\n"
        + f"  {shop}/api/v1/tours".ljust(42)
        + "les visites · 全部游览 · the tours\n"
        + f"  {shop}/api/v1/docs".ljust(42)
        + "l’API, à essayer · 接口文档 · the API, to try out\n"
        + phone
        + f"  {shop}/staff/".ljust(42)
        + "le bureau · 后台 · the back office\n"
        + "\nPour commencer, dans un autre terminal — 在另一个终端中试试 — to begin, in another terminal:\n"
        + "  .venv/bin/flask --app wsgi demo\n"
        + "un client achète un billet, de la connexion au paiement ;\n"
        + "一位顾客从登录到付款，买到一张票；\n"
        + "a customer buys a ticket, from sign-in to payment.\n"
        + "  .venv/bin/flask --app wsgi staff create vous@example.org --role manager\n"
        + "un lien pour entrer au bureau · 进入后台的链接 · a link into the back office\n\n"
        + f"Journaux · 日志 · logs: {logs}\n"
        + "Ctrl-C : tout arrêter · 全部停止 · stop everything\n"
    )


def already_running(where: str, pid: object) -> str:
    """The answer to a second run."""
    return (
        f"{TITLE} tourne déjà ici · 已在运行 · is already running: {where or '…'} (process {pid})\n"
        f"Ctrl-C dans son terminal l’arrête · 在其终端按 Ctrl-C 停止 · Ctrl-C in its terminal stops it"
    )


def port_taken(port: int) -> str:
    """The refusal of a port that another program holds."""
    return (
        f"Le port {port} est pris par un autre programme · 端口 {port} 被其他程序占用 · "
        f"port {port} is used by another program.\n→ {BUSY_HELP}"
    )


def stopping() -> str:
    """The answer to Ctrl-C."""
    return "\nArrêt en cours… · 正在停止… · stopping…  (Ctrl-C : vite · 立即 · hurry)"


def stopped() -> str:
    """The last line of a clean stop."""
    return "Tout est arrêté. · 已全部停止。 · Everything is stopped."


def died(name: str, exit_code: int | None, log: str, tail: str) -> str:
    """Which program ended by itself, and what it said last."""
    how = "" if exit_code is None else f" ({exit_code})"
    lines = "\n".join(f"  | {line}" for line in tail.splitlines())
    return f"{name}{how} : arrêt inattendu · 意外停止 · ended unexpectedly, {log}:\n{lines}"
