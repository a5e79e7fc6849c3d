"""Who may? Staff are accounts with `is_staff`; everything they see is narrowed to the shop of this portal."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from customers.models import Shop
from portal.faces import shop_of
from returns.models import Return
from returns.queries import returns_numbered


def staff_page(view):
    """Signed-in staff only; a customer's account is not found here."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return page


def their_shop(request: HttpRequest) -> Shop:
    shop = shop_of(request)
    if shop is None:
        raise Http404
    return shop


def the_return(request: HttpRequest, number: str) -> Return:
    ret = returns_numbered(their_shop(request), number).exclude(state=Return.State.DRAFT).first()
    if ret is None:
        raise Http404
    return ret


def returns_here(request: HttpRequest) -> QuerySet[Return]:
    return Return.objects.filter(shop=their_shop(request)).exclude(state=Return.State.DRAFT)
