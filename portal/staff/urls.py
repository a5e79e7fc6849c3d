from django.urls import path

from portal.staff import bench, carriers, queue, returns, sign_in

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
    path(CASE, returns.case, name="return"),
    path(CASE + "approve/", returns.approve, name="return-approve"),
    path(CASE + "reject/", returns.reject, name="return-reject"),
    path(CASE + "receive/", returns.receive, name="return-receive"),
    path(CASE + "accept/", returns.accept, name="return-accept"),
    path(CASE + "prepare/", returns.prepare, name="return-prepare"),
    path(CASE + "ship/", returns.ship, name="return-ship"),
    path(CASE + "ask/", returns.ask, name="return-ask"),
    path(CASE + "reopen/", returns.reopen, name="return-reopen"),
    path(CASE + "box/", returns.add_box, name="return-box"),
    path(CASE + "goodwill/", returns.goodwill, name="return-goodwill"),
    path(CASE + "lines/<int:line>/money/", returns.money_instead, name="return-money-instead"),
    path(CASE + "lines/<int:line>/grade/", bench.grade, name="return-grade"),
    path(CASE + "lines/<int:line>/photo/", bench.picture, name="return-picture"),
    path(CASE + "lines/<int:line>/offer/", bench.offer, name="return-offer"),
    path(CASE + "lines/<int:line>/send-back/", bench.send_back, name="return-send-back"),
    path(CASE + "offers/<int:offer>/resolve/", bench.resolve, name="return-resolve"),
    path(CASE + "missing/", bench.miss, name="return-miss"),
    path(CASE + "lost/", bench.lose, name="return-lose"),
    path(CASE + "receipts/<int:receipt>/reverse/", bench.reverse, name="return-reverse"),
    path(CASE + "proofs/<int:proof>/", bench.proof, name="return-proof"),
    path(CASE + "proofs/<int:proof>/query/", returns.query_proof, name="return-query-proof"),
    path(CASE + "cancel/", returns.cancel, name="return-cancel"),
    path(CASE + "label/<int:position>/", returns.label, name="return-label"),
    path(CASE + "label-<int:position>.pdf", returns.paper, name="return-paper"),
    path(CASE + "file.pdf", returns.file, name="return-file"),
    path(CASE + "refunds/<uuid:uuid>/send/", returns.send_refund, name="refund-send"),
    path(CASE + "refunds/<uuid:uuid>/stop/", returns.stop_refund, name="refund-stop"),
    path(CASE + "refunds/<uuid:uuid>/ask/", returns.ask_refund, name="refund-ask"),
    path(CASE + "photos/<int:photo>/", returns.photo, name="photo"),
]
