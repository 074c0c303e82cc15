from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supply", "0002_scenarios_and_edits"),
    ]

    operations = [
        migrations.AddField(
            model_name="stockpolicy",
            name="fill_rate",
            field=models.FloatField(help_text="Share of units expected to come from stock.", null=True),
        ),
        migrations.AddField(
            model_name="stockpolicy",
            name="law",
            field=models.CharField(
                choices=[
                    ("normal", "Normal"),
                    ("gamma", "Gamma"),
                    ("negative binomial", "Negative binomial"),
                    ("poisson", "Poisson"),
                    ("empirical", "Its own history"),
                    ("certain", "Certain"),
                ],
                default="normal",
                max_length=17,
            ),
        ),
        migrations.AddField(
            model_name="stockpolicy",
            name="target",
            field=models.CharField(
                choices=[
                    ("cycle", "Cycles without a stock-out"),
                    ("fill", "Units from stock"),
                    ("ready", "Time with stock"),
                ],
                default="cycle",
                max_length=5,
            ),
        ),
        migrations.AlterField(
            model_name="stockpolicy",
            name="service",
            field=models.FloatField(help_text="The share that is aimed at."),
        ),
    ]
