"""Goods in while the connection is lost: what a browser keeps is sent later, and the page itself opens without us."""

import json
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.staff import steps
from portal.staff.access import returns_here, staff_page, their_shop
from portal.staff.goods_in import bench, read, scanner_page

MOST_STEPS = 50
FILES = [
    "css/homeward.css",
    "css/desk.css",
    "css/goods-in.css",
    "img/icons.svg",
    "img/homeward.svg",
    "js/homeward.js",
    "js/sign-out.js",
    "js/goods-in.js",
    "js/goods-in-camera.js",
]


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def events(request: HttpRequest) -> HttpResponse:
    """Steps that a browser kept, each answered on its own: {"by", "steps": [...]} as JSON, pictures as `photo-KEY`.

    GET gives the token for the next POST and whose session this is: steps of somebody else are not sent under it.
    """
    name = request.user.get_username()
    if request.method != "POST":
        return JsonResponse({"token": get_token(request), "by": name})
    sent = _sent(request)
    if sent is None:
        return JsonResponse({"error": "steps"}, status=400)
    if sent.get("by") != name:
        return JsonResponse({"error": "by", "by": name}, status=409)
    shop, rows = their_shop(request), sent["steps"]
    pictures = [read(request.FILES.getlist(f"photo-{row.get('key')}")) for row in rows]
    answers = steps.take_all(shop, list(zip(rows, pictures, strict=True)), by=request.user)
    moved = [answer.number for answer in answers if answer.answer == "done" and answer.number]
    steps.prepare_money(shop, moved, by=request.user)
    told = [
        {"key": row.get("key"), "answer": answer.answer, "text": answer.text}
        for row, answer in zip(rows, answers, strict=True)
    ]
    boxes = {str(row.get("number")): str(row.get("box") or "") for row in rows}
    cases = {number: _case_html(request, number, boxes.get(number, "")) for number in {one.number for one in answers}}
    return JsonResponse({"answers": told, "cases": {number: html for number, html in cases.items() if html}})


def _sent(request: HttpRequest) -> dict | None:
    plain = request.content_type == "application/json"
    try:
        sent = json.loads(request.body if plain else request.POST.get("sent", ""))
    except (ValueError, RecursionError):
        return None
    rows = sent.get("steps") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_STEPS or not all(isinstance(row, dict) for row in rows):
        return None
    return sent


def _case_html(request: HttpRequest, number: str, box: str) -> str:
    """The case as it stands now, for the page that shows it or keeps it."""
    ret = returns_here(request).filter(number=number).select_related("shop", "order__customer").first()
    return render_to_string("staff/goods_in_case.html", bench(ret, box=box), request=request) if ret else ""


@staff_page
@scanner_page
@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The page without anybody's data: what the service worker keeps and shows while there is no connection."""
    return render(request, "staff/goods_in.html", {"shell": True, "rail": []})


@staff_page
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of this page alone. Its text changes with the page, and a changed one is installed anew."""
    files = [static(path) for path in FILES]
    page = render_to_string("staff/goods_in.html", {"shell": True, "rail": []}, request=request)
    facts = {
        "shell": reverse("staff:goods-in-shell"),
        "files": files,
        "static": settings.STATIC_URL,
        "version": sha256("\n".join([page, *files]).encode()).hexdigest()[:16],
    }
    text = render_to_string("staff/goods_in_worker.js", {"facts": json.dumps(facts)})
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")
