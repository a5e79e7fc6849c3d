from django.db import migrations, models

import shipments.models


class Migration(migrations.Migration):
    dependencies = [("shipments", "0003_give_tokens_and_keep_one_of_each_scan")]

    operations = [
        migrations.AlterField(
            model_name="carrieraccount",
            name="hook_token",
            field=models.CharField(default=shipments.models.new_hook_token, max_length=40, unique=True),
        ),
        migrations.RemoveConstraint(model_name="trackingevent", name="scan_once_a_shipment"),
        migrations.AddConstraint(
            model_name="trackingevent",
            constraint=models.UniqueConstraint(fields=("shipment", "at", "code"), name="scan_once_a_shipment"),
        ),
    ]
