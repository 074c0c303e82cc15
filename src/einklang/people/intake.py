"""What the people room takes in from files: teams, people, territories, and who worked where."""

from einklang.kernel.intake import Target
from einklang.people.models import DepartmentStay, Membership, Team, Territory, User

# Nobody comes to a sign-in by a file: people are taken in as colleagues, without password and right to enter.
NO_SIGN_IN = {"password": "!", "is_active": False}
WHO = "manage users"

TARGETS = (
    Target("people.teams", Team, ("code",), permission=WHO),
    Target(
        "people.users",
        User,
        ("username",),
        leave_out=("last_login",),
        constants=NO_SIGN_IN,
        permission=WHO,
    ),
    Target("people.department_stays", DepartmentStay, ("user", "department", "start"), permission=WHO),
    Target("people.territories", Territory, ("code",), permission=WHO),
    Target("people.memberships", Membership, ("user", "territory", "start"), permission=WHO),
)
