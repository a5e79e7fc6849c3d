"""The portal with a seeded fault: a number that nobody has is answered at once. Shows that the measure sees it."""

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from orders.models import Order, number_key
from portal.customer import enter


@csrf_exempt
def hasty(request):
    if Order.objects.filter(number_key=number_key(request.POST.get("number", ""))).exists():
        return enter.home(request)
    form = enter.FindOrder(request.POST)
    form.is_valid()
    form.add_error("number", "We cannot find an order with these details")
    return enter._home(request, form)


urlpatterns = [path("", hasty), path("", include("portal.urls"))]
