"""People who may log in, their sessions, and the record of what happened: small documents beside the graph."""

from schema.accounts.account import Account, BadAccount
from schema.accounts.session import Session
from schema.accounts.view import AccountsView

__all__ = ["Account", "AccountsView", "BadAccount", "Session"]
