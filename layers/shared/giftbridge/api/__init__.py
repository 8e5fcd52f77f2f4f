"""What the outside sees: the management API's requests and answers, and the pages of the OAuth flow."""
