"""Fields that pages of the customer share."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy

MOST_LETTERS = 2000


class OwnWords(forms.CharField):
    """What she writes in her own words. Too much of it is said: a browser's maxlength would cut it off in silence."""

    widget = forms.Textarea(attrs={"rows": 4})
    default_validators = [MaxLengthValidator(MOST_LETTERS, gettext_lazy("Say it in 2,000 letters or fewer"))]
