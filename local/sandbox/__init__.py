"""Small stateful servers that behave as the vendors' APIs do, for the local stack and the tests."""
