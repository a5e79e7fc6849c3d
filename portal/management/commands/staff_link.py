from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser

from portal.customer.access import staff_link
from returns.approvals import ROLES


class Command(BaseCommand):
    help = "Prints an address that signs a member of staff in, once, within ten minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="NAME", help="whose account; needed only when there are several")
        parser.add_argument("--role", choices=("agent", *ROLES), help="lead: decides more alone; outside: no money")
        parser.add_argument("--create", action="store_true", help="make the account when it is missing")

    def handle(self, *, user: str | None, create: bool, role: str | None, **_options) -> None:
        account = self.account(user, create)
        if role:
            account.groups.remove(*account.groups.filter(name__in=ROLES))
            account.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in ROLES if name == role))
        self.stdout.write(staff_link(account))

    def account(self, name: str | None, create: bool):
        User = get_user_model()
        staff = User.objects.filter(is_staff=True, is_active=True)
        if name is None:
            found = list(staff[:2])
            if len(found) == 1:
                return found[0]
            raise self.stopped("Name the account with --user; a new one also needs --create.")
        account = User.objects.filter(username=name).first()
        if account is None and create:
            return User.objects.create_user(name, is_staff=True)  # without a password: links only, until one is set
        if account is None:
            raise self.stopped(f"There is no account {name}: add --create to make it.")
        if not (account.is_staff and account.is_active):
            raise self.stopped(f"The account {name} is not an active account of staff.")
        return account

    def stopped(self, sentence: str) -> SystemExit:
        self.stderr.write(sentence)
        return SystemExit(2)
