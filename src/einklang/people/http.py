"""A request whose user is known."""

from django.http import HttpRequest

from einklang.people.models import User


class UserRequest(HttpRequest):
    """The request of somebody who is signed in."""

    user: User
