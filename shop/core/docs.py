"""The readable page of the API, made from its OpenAPI document; works offline, needs no script."""

from typing import Any

import jinja2
from flask import Blueprint, Response, current_app, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from shop.core.api import PREFIX
from shop.core.caching import cacheable
from shop.core.caller import public
from shop.core.i18n import LANGUAGES, Text
from shop.core.language import request_language

blp = Blueprint("docs", __name__, template_folder="templates")

TEXTS = {
    "title": Text(fr="L’API de la boutique", zh="商店 API", en="The shop’s API"),
    "intro": Text(
        fr="Tout ce qu’un programme peut demander à la boutique. Le document OpenAPI 3.1 dit la même chose aux "
        "machines ; les descriptions des appels y sont en anglais.",
        zh="程序可以向商店请求的全部内容。OpenAPI 3.1 文档供机器读取；其中各调用的说明为英文。",
        en="Everything a program may ask of the shop. The OpenAPI 3.1 document says the same to machines.",
    ),
    "document": Text(fr="Document OpenAPI", zh="OpenAPI 文档", en="OpenAPI document"),
    "parameters": Text(fr="Paramètres", zh="参数", en="Parameters"),
    "body": Text(fr="Corps", zh="请求正文", en="Body"),
    "answers": Text(fr="Réponses", zh="响应", en="Answers"),
    "schemas": Text(fr="Structures", zh="数据结构", en="Shapes"),
    "signed_in": Text(fr="client connecté", zh="需要登录", en="signed in"),
    "required": Text(fr="obligatoire", zh="必填", en="required"),
    "languages": Text(fr="Langue", zh="语言", en="Language"),
}


@blp.get("/")
@public
def home() -> BaseResponse:
    """Lead whoever opens the shop's address to the page of the API."""
    return redirect(f"{PREFIX}/docs")


@blp.get(f"{PREFIX}/docs")
@public
@cacheable(60)
def page() -> Response:
    """Show the API to people."""
    language = request_language()
    spec: dict[str, Any] = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    forgiving = current_app.jinja_env.overlay(undefined=jinja2.Undefined)  # much of a document is optional
    html = forgiving.get_template("docs.html").render(
        spec=spec,
        language=language,
        languages=LANGUAGES,
        t={name: text.to(language) for name, text in TEXTS.items()},
    )
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response


@blp.get(f"{PREFIX}/docs.css")
@public
@cacheable(3600)
def style() -> Response:
    """The page's looks."""
    return Response(render_template("docs.css"), mimetype="text/css")
