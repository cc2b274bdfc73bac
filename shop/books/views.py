"""Receipts and credit notes over HTTP."""

from typing import Any

from flask import Response, request

from shop.books.errors import DocumentNotFound
from shop.books.schemas import DocumentList
from shop.books.services.documents import documents_of, get_document
from shop.core import late
from shop.core.api import PREFIX, SIGNED_IN, Blueprint
from shop.core.caller import caller_id, public
from shop.core.i18n import match_language
from shop.core.limits import per_caller
from shop.core.schemas import opaque
from shop.customers.audience import customer_only
from shop.orders.errors import OrderNotFound
from shop.orders.services.show import get_order

document_pdf = late.function("shop.books.documents.pdf:document_pdf")
blp = Blueprint("books", __name__, url_prefix=PREFIX, description="Receipts and credit notes.")
documents = Blueprint("documents", __name__, description="Receipts and credit notes, for whoever knows their code.")


@blp.get("/orders/<order_id>/documents")
@customer_only
@blp.response(200, DocumentList)
@blp.refuses(*SIGNED_IN, OrderNotFound)
def list_documents(order_id: str) -> Any:
    """List the receipts and credit notes of an order; none before it is paid."""
    order = get_order(opaque(order_id), customer_id=caller_id())
    return {"items": documents_of(order), "next": None}


@documents.get("/documents/<code>.pdf")
@public
@per_caller("60/minute")
@documents.response(200, content_type="application/pdf")
@documents.refuses(DocumentNotFound)
def show_document(code: str) -> Response:
    """Show a receipt or a credit note as a page to print, in the language of its order or in that of `?lang=`."""
    document = get_document(code)
    language = match_language(request.args.get("lang")) or match_language(document.locale) or "fr"
    response = Response(document_pdf(document.said, language), mimetype="application/pdf")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
    return response
