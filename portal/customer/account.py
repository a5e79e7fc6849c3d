"""Where shall we send her money? A bank account, where it cannot go back the way she paid.

Only with a code that was typed a moment ago: a letter that somebody else can read does not lead money elsewhere. What
is typed is never shown again in full, and stands in no session, no log and no page of errors.
"""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from portal.customer import access
from portal.customer.cards import has_card_number
from returns import bank, money
from returns.errors import NotNow
from returns.models import BankDetails
from returns.transfer.accounts import SEPA, Account, NotAnAccount, sepa_account, vietnam_account
from returns.transfer.vietnam import BANKS

WRONG: dict[str, Promise] = {
    "letters": gettext_lazy("Write the IBAN as your bank shows it: two letters, then digits"),
    "country": gettext_lazy("We can send to accounts in the euro payment area only – talk to a person"),
    "digits": gettext_lazy("Compare the IBAN with your bank card or app – a character is wrong, missing or too many"),
}
CARD = gettext_lazy("This looks like a card number. We do not need it. Write the number of your account.")
UNSEEN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}


class AccountForm(forms.Form):
    holder = forms.CharField(
        label=gettext_lazy("Name on the account"),
        max_length=70,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter the name on the account"),
            "max_length": gettext_lazy("Shorten the name to 70 characters"),
        },
    )

    def clean_holder(self) -> str:
        holder = " ".join(self.cleaned_data["holder"].split())
        if has_card_number(holder):
            self.forget("holder")
            raise forms.ValidationError(_("Write a name here, no number"))
        return holder

    def forget(self, name: str) -> None:
        """A card number is not sent back to the page either."""
        self.data = {key: "" if key == name else self.data[key] for key in self.data}

    def account(self) -> Account:
        """Raises NotAnAccount."""
        raise NotImplementedError

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                cleaned["account"] = self.account()
            except NotAnAccount as no:
                self.add_error("number", self.why_not(no.why))
        return cleaned

    def why_not(self, why: str) -> str:
        if has_card_number(self.cleaned_data["number"]):
            self.forget("number")
            return str(CARD)
        return str(WRONG[why])


class SepaForm(AccountForm):
    number = forms.CharField(
        label=gettext_lazy("IBAN"),
        max_length=60,
        help_text=gettext_lazy("It stands on your bank card or in your banking app, and begins with two letters."),
        widget=forms.TextInput(UNSEEN),
        error_messages={
            "required": gettext_lazy("Enter your IBAN"),
            "max_length": gettext_lazy(
                "Compare the IBAN with your bank card or app – a character is wrong, missing or too many"
            ),
        },
    )

    def account(self) -> Account:
        return sepa_account(self.cleaned_data["holder"], self.cleaned_data["number"])


def is_card_of_vietnam(typed: str) -> bool:
    """Cards of Napas carry the number of the switch in front, and no brand that `cards` knows."""
    digits = re.sub(r"\D", "", typed)
    return bool(re.fullmatch(r"9704\d{12}(?:\d{3})?", digits)) or has_card_number(typed)


class VietnamForm(AccountForm):
    bank = forms.ChoiceField(
        label=gettext_lazy("Bank"),
        choices=lambda: [("", _("Select your bank")), *sorted(BANKS.items(), key=lambda row: row[1].casefold())],
        widget=forms.Select({"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Select your bank"),
            "invalid_choice": gettext_lazy("Select your bank"),
        },
    )
    number = forms.CharField(
        label=gettext_lazy("Account number"),
        max_length=60,
        help_text=gettext_lazy("6 to 19 digits. It is not the number on your card."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "inputmode": "numeric"}),
        error_messages={
            "required": gettext_lazy("Enter your account number"),
            "max_length": gettext_lazy("Enter 6 to 19 digits"),
        },
    )

    def account(self) -> Account:
        typed = self.cleaned_data["number"]
        if is_card_of_vietnam(typed):
            raise NotAnAccount("card")
        return vietnam_account(self.cleaned_data["holder"], self.cleaned_data["bank"], typed)

    def why_not(self, why: str) -> str:
        if why == "card":
            self.forget("number")
            return str(CARD)
        return _("Enter 6 to 19 digits")


@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, number: str) -> HttpResponse:
    """Her account, or another one until the transfer is on its way."""
    ret = access.the_return(request, number)
    if access.level(request, ret.order) != access.ALL or not access.is_fresh(request, ret.order):
        return redirect(f"{reverse('customer:code', args=[ret.order.number_key])}?account={ret.number}")
    if not bank.may_be_given(ret):
        return redirect("customer:return", number)
    form = FORMS[bank.kind_for(ret.order)](request.POST or None)
    if form.is_valid():
        try:
            money.take_account(ret, form.cleaned_data["account"], by=access.actor(request))
        except NotNow:
            messages.warning(request, _("Your money is on its way already, so the account cannot be changed."))
        else:
            messages.success(request, _("Thank you. We know where to send your money."))
        return redirect("customer:return", number)
    context = {"ret": ret, "order": ret.order, "form": form, "named": bank.usable(ret)}
    return render(request, "customer/return/account.html", context, status=422 if form.errors else 200)


FORMS: dict[str, type[AccountForm]] = {SEPA: SepaForm, BankDetails.Kind.VIETNAM: VietnamForm}
