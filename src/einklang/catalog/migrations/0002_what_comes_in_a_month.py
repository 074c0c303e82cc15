from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="supplyterm",
            name="month_limit",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="The most that comes in a month.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="supplyterm",
            name="maximum",
            field=models.DecimalField(
                blank=True, decimal_places=4, help_text="The largest single order.", max_digits=18, null=True
            ),
        ),
    ]
