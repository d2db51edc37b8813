"""PREFIX-Budget: mails when the month's bill nears what was meant."""

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from constructs import Construct
from settings import Settings

SHARES = (50, 80, 100)


class Budget(cdk.Stack):
    """The account's budget of a month."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, env: cdk.Environment
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        budgets.CfnBudget(
            self,
            "Month",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=settings.budget_usd_month, unit="USD"),
            ),
            notifications_with_subscribers=[
                _notice(share, settings.mail) for share in SHARES if settings.mail
            ],
        )


def _notice(share: int, mail: str) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            comparison_operator="GREATER_THAN",
            notification_type="ACTUAL",
            threshold=share,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[budgets.CfnBudget.SubscriberProperty(address=mail, subscription_type="EMAIL")],
    )
