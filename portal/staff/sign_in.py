"""Staff sign in: by name and password, or by a link that works once."""

from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from portal.customer import access, limits
from portal.faces import too_many_tries
from portal.middleware import client_address


class Names(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("Username and password do not belong together – check both"),
        "inactive": gettext_lazy("This account is closed – ask whoever looks after the portal"),
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].error_messages["required"] = gettext_lazy("Enter your username")
        self.fields["password"].error_messages["required"] = gettext_lazy("Enter your password")


class SignIn(LoginView):
    """Django's own form, with a limit on failures by network."""

    template_name = "staff/sign_in.html"
    authentication_form = Names
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        """Counted as a failure before the password is looked at: that takes long enough for many at once."""
        until = limits.claim("sign-in", limits.network(client_address(request)), limits.SIGN_IN)
        if until:
            return too_many_tries(request, until)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        limits.give_back("sign-in", limits.network(client_address(self.request)), limits.SIGN_IN)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A GET only shows the button: what scans a chat or a mail does not use the link up."""
    token = access.staff_token(secret)
    if token is None or token.user is None:
        return render(request, "staff/link_ended.html", status=410)
    if request.method == "POST" and access.use_up(token):
        login(request, token.user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("staff:queue")
    return render(request, "staff/by_link.html", {"name": token.user.get_username()})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("staff:sign-in")
