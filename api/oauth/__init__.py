"""Third-party apps: an OAuth 2.1 authorization server on Authlib's framework-free core."""
