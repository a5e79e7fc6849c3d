"""Older cases get the ground they stand on and what they hold. Backwards nothing is undone: the columns go."""

from datetime import timedelta

from django.db import migrations
from django.db.models import F

ENDED = ["rejected", "cancelled"]


def fill(apps, _schema):
    Line = apps.get_model("returns", "ReturnLine")
    Return = apps.get_model("returns", "Return")
    Line.objects.filter(kind="", reason="damaged").update(kind="claim")
    Line.objects.filter(kind="", reason="wrong_size").update(kind="return")
    Line.objects.filter(ret__state="rejected").update(rejected=F("requested"), approved=0)
    Line.objects.filter(ret__state__in=ENDED).update(released=F("requested"))
    waiting = Line.objects.exclude(swap=None).exclude(ret__state__in=["draft", "settled", *ENDED])
    waiting.update(held=F("requested") - F("exchanged"))
    for ret in Return.objects.exclude(send_by=None).filter(expires_on=None).iterator():
        Return.objects.filter(pk=ret.pk).update(expires_on=ret.send_by + timedelta(days=14))


class Migration(migrations.Migration):
    dependencies = [("returns", "0003_every_kind_of_case")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
