"""Mounts the faces, nothing else."""

from django.urls import include, path

from portal import faces, health
from portal.hooks.carriers import carrier
from portal.hooks.stripe import stripe

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("brand-<slug:digest>.css", faces.brand, name="brand"),
    path("logos/<str:name>", faces.logo, name="logo"),
    path("hooks/stripe/", stripe, name="hook-stripe"),
    path("hooks/carriers/<str:token>/", carrier, name="hook-carrier"),
    path("staff/", include("portal.staff.urls")),
    path("", include("portal.customer.urls")),
]
