from django.urls import path

from portal.staff import carriers, queue, returns, sign_in, withdrawals

app_name = "staff"

CASE = "returns/<slug:number>/"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("done/", queue.done, name="done"),
    path("search/", queue.search, name="search"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("link/<slug:secret>/", sign_in.by_link, name="link"),
    path("orders/<str:number>/", returns.order, name="order"),
    path("orders/<str:number>/parcel/<int:position>/carrier/", carriers.correct, name="parcel-carrier"),
    path("carriers/", carriers.carriers, name="carriers"),
    path("carriers/<slug:carrier>/check/", carriers.check, name="carrier-check"),
    path("withdrawals/", withdrawals.waiting, name="withdrawals"),
    path("withdrawals/<slug:number>/", withdrawals.withdrawal, name="withdrawal"),
    path("withdrawals/<slug:number>/join/", withdrawals.join, name="withdrawal-join"),
    path("withdrawals/<slug:number>/close/", withdrawals.close, name="withdrawal-close"),
    path("withdrawals/<slug:number>/send/", withdrawals.send_again, name="withdrawal-send"),
    path(CASE, returns.case, name="return"),
    path(CASE + "approve/", returns.approve, name="return-approve"),
    path(CASE + "reject/", returns.reject, name="return-reject"),
    path(CASE + "receive/", returns.receive, name="return-receive"),
    path(CASE + "accept/", returns.accept, name="return-accept"),
    path(CASE + "prepare/", returns.prepare, name="return-prepare"),
    path(CASE + "ship/", returns.ship, name="return-ship"),
    path(CASE + "cancel/", returns.cancel, name="return-cancel"),
    path(CASE + "label/<int:position>/", returns.label, name="return-label"),
    path(CASE + "refunds/<uuid:uuid>/send/", returns.send_refund, name="refund-send"),
    path(CASE + "refunds/<uuid:uuid>/stop/", returns.stop_refund, name="refund-stop"),
    path(CASE + "refunds/<uuid:uuid>/ask/", returns.ask_refund, name="refund-ask"),
    path(CASE + "photos/<int:photo>/", returns.photo, name="photo"),
]
