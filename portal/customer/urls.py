from django.urls import path

from portal.customer import cancel_order, orders, questions, returns, sent, withdrawal

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
    path("o/<str:number>/cancel/", cancel_order.cancel, name="order-cancel"),
    path("o/<str:number>/return/", questions.start, name="return-start"),
    path(CASE, returns.follow, name="return"),
    path(CASE + "items/", questions.items, name="return-items"),
    path(CASE + "problem/<int:position>/", questions.problem, name="return-problem"),
    path(CASE + "safe/<int:position>/", questions.safe, name="return-safe"),
    path(CASE + "differs/<int:position>/", questions.differs, name="return-differs"),
    path(CASE + "late/<int:position>/", questions.late, name="return-late"),
    path(CASE + "tell/<int:position>/", questions.tell, name="return-tell"),
    path(CASE + "photo/<int:position>/", questions.photo, name="return-photo"),
    path(CASE + "photo/<int:position>/none/", questions.no_photo, name="return-no-photo"),
    path(CASE + "photo/<int:position>/<int:photo>/remove/", questions.remove_photo, name="return-photo-remove"),
    path(CASE + "size/<int:position>/", questions.size, name="return-size"),
    path(CASE + "wish/<int:position>/", questions.wish, name="return-wish"),
    path(CASE + "way/", questions.way, name="return-way"),
    path(CASE + "check/", returns.check, name="return-check"),
    path(CASE + "answer/", sent.answer, name="return-answer"),
    path(CASE + "disagree/", sent.disagree, name="return-disagree"),
    path(CASE + "offer/<int:offer>/", sent.offer, name="return-offer"),
    path(CASE + "proof/", sent.proof, name="return-proof"),
    path(CASE + "box/", sent.add_box, name="return-box"),
    path(CASE + "bench/<int:photo>/", sent.bench_photo, name="return-bench"),
    path(CASE + "cancel/", returns.cancel, name="return-cancel"),
    path(CASE + "label.pdf", returns.label, name="return-first-label"),
    path(CASE + "label-<int:position>.pdf", returns.label, name="return-label"),
    path(CASE + "code-<int:position>.pdf", returns.code, name="return-code-paper"),
    path(CASE + "credit-note-<int:note>.pdf", returns.credit_note, name="return-credit-note"),
    path(CASE + "code-<int:position>.png", returns.code_image, name="return-code"),
]
