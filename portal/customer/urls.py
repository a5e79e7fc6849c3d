from django.urls import path

from portal.customer import orders, returns, withdrawal

app_name = "customer"

CASE = "returns/<slug:number>/"

urlpatterns = [
    path("", orders.home, name="home"),
    path("from-shop/", orders.from_shop, name="from-shop"),
    path("language/", orders.language, name="language"),
    path("contact/", orders.contact, name="contact"),
    path("withdraw/", withdrawal.start, name="withdraw"),
    path("withdraw/check/", withdrawal.check, name="withdraw-check"),
    path("withdraw/confirm/", withdrawal.confirm, name="withdraw-confirm"),
    path("withdraw/<slug:number>/", withdrawal.received, name="withdrawal"),
    path("withdraw/<slug:number>/confirmation.pdf", withdrawal.confirmation, name="withdrawal-pdf"),
    path("pictures/<path:name>", orders.picture, name="picture"),
    path("l/<slug:secret>/", orders.letter_link, name="letter-link"),
    path("o/<str:number>/", orders.order, name="order"),
    path("o/<str:number>/parcel/<int:position>/carrier/", orders.carrier, name="parcel-carrier"),
    path("o/<str:number>/code/", orders.code, name="code"),
    path("o/<str:number>/code/enter/", orders.code_enter, name="code-enter"),
    path("o/<str:number>/money/", orders.money, name="money"),
    path("o/<str:number>/return/", returns.start, name="return-start"),
    path(CASE, returns.follow, name="return"),
    path(CASE + "items/", returns.items, name="return-items"),
    path(CASE + "problem/<int:position>/", returns.problem, name="return-problem"),
    path(CASE + "photo/<int:position>/", returns.photo, name="return-photo"),
    path(CASE + "photo/<int:position>/none/", returns.no_photo, name="return-no-photo"),
    path(CASE + "photo/<int:position>/<int:photo>/remove/", returns.remove_photo, name="return-photo-remove"),
    path(CASE + "size/<int:position>/", returns.size, name="return-size"),
    path(CASE + "wish/<int:position>/", returns.wish, name="return-wish"),
    path(CASE + "way/", returns.way, name="return-way"),
    path(CASE + "check/", returns.check, name="return-check"),
    path(CASE + "cancel/", returns.cancel, name="return-cancel"),
    path(CASE + "label.pdf", returns.label, name="return-label"),
    path(CASE + "code-<int:position>.png", returns.code_image, name="return-code"),
]
