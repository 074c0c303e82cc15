"""The main pages of the house, and who looks at each: the one table the browser tests go by."""

# (address, who looks, file name of its picture for the README or "")
PAGES = [
    ("/", "henrike", "home"),
    ("/deals/", "wiebke", "pipeline"),
    ("/accounts/", "wiebke", ""),
    ("/tasks/", "wiebke", ""),
    ("/orders/", "henrike", ""),
    ("/items/", "mattis", ""),
    ("/items/{item}/", "mattis", "item"),
    ("/demand/", "tarek", "demand"),
    ("/demand/accuracy/", "tarek", ""),
    ("/supply/", "mattis", "supply"),
    ("/supply/stock/", "mattis", ""),
    ("/cycle/", "henrike", "cycle"),
    ("/plans/", "frauke", ""),
    ("/quotas/", "jonas", "quotas"),
    ("/kpis/", "tarek", "kpis"),
    ("/imports/", "ole", ""),
    ("/people/", "ole", ""),
    ("/people/roles/", "ole", ""),
    ("/people/territories/", "ole", ""),
    ("/profile/", "wiebke", ""),
    ("/journal/", "ole", ""),
    ("/jobs/", "ole", ""),
    ("/find/?q=pump", "wiebke", ""),
]
