"""Giftbridge on this computer: an AWS emulator, the deployed template, and the vendor sandboxes."""
